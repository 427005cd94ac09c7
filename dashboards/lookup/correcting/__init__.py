"""Requests for correction: the form, its receipt, and where requests wait for the steward."""

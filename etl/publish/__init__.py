"""Turns marts into one dated release: served databases, open datasets, a catalogue, and the proof.

A release is assembled in a candidate folder beside the finished ones, examined by gates, renamed into place,
and only then named by the `current` pointer. Nothing before that last step can be seen by a reader.
"""

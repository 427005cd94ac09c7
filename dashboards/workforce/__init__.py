"""The workforce dashboard: aggregates of one release, for regulators and the public."""

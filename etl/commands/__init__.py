"""The commands of `jzs`, a module for each person who uses them; `add` of a module adds its commands."""

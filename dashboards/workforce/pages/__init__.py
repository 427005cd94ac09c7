"""One file, one page: each declares `PAGE` and draws itself in `show(view)`."""

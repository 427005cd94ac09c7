"""What is remembered of requests: the access log and figures for Prometheus, with nobody in them."""

"""The script that Streamlit runs for every visitor and every touch."""

from dashboards.workforce.main import run

run()

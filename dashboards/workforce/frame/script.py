"""The script that Streamlit runs for every visitor and every touch.

It stands in a folder of its own: beside a folder `pages/` Streamlit would show a menu of its own.
"""

from dashboards.workforce.frame import run

run()

"""What the Streamlit apps share: charts, maps, tables, downloads, texts, theme, server."""

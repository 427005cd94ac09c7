"""Public lookup: a Datasette instance with every door closed but our own.

It answers exact questions about one certificate or one enterprise, from `served/lookup.sqlite` of the release
being served. It lists nothing: no browsing, no paging, no totals, no prefixes.
"""

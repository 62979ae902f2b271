"""Python for Hostel. What users of a session see of it is in `host`; everything else is in here."""

"""A folder that is served as an index: files put in and taken out, written down and restored, looked over, served.

Nothing is decided here about launches; what a file's name and content must be is. Everything that is put
into the folder appears by one rename, whole; everything that is taken out can be put back.
"""

"""Archives of strangers: one checked reader for wheels, one for sdists, whatever the source.

Nothing here decides where an archive may come from; everything here refuses what breaks a rule
(`rules.RULES`) before one byte of it can be seen by anybody. `upload.inspect` looks at a file as at an upload.
"""

"""The command line: parsing, printing, exit codes. The only place that prints."""

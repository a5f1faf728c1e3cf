"""The words of the command line: old and new names, help, completion."""

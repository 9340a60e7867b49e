"""The cell: foreign code in a process of its own, with a warden beside it that is not foreign.

The warden is a small Python process (`-I -S`, this package and the standard library only) between
driverenv and the foreign code. It takes from it what the system lets it take, watches the limits,
and when the code has ended, however it ended, ends everything that it started; it does the same when
driverenv itself goes away, for then its input ends.

On Linux the code runs, where the system allows that to an ordinary account, in namespaces of its own:
no network but an own loopback, nobody else's processes, and a view of the files in which it can write
below its own folder only. Elsewhere less holds, and the report says what.

`terms` are what both sides say to each other, `warden` is the program, `posix` and `windows` run the
code, `keeper` is the process in the namespaces, `linux` the calls of the system, `view` what is seen of
the files, `watch` the limits.
"""

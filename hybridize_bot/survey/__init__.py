"""Many repositories, or one that is too large for a machine: analyzed on Dask, one row for each function and finding.

    list → entries → a task for each, on any worker → rows → one folder of Parquet files → the table of `summary`

A worker starts a process for each analysis (`child`), which fetches the program and may end as it likes: crash, hang,
or take all memory it is given. The driver alone writes, whole files under names that say what is in them, and last of
all the row of the repository. So whatever is killed when, nothing is there half, and nothing twice.
"""

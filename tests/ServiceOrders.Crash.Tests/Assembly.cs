// Each test has a PostgreSQL and a service of its own and keeps the machine busy.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

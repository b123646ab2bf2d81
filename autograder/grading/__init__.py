"""A class: preparation, the pool, a cluster, the gradebook; and whether an assignment can be trusted."""

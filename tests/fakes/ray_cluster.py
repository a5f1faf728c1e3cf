"""A Ray cluster of several nodes on this machine, for one test: prints its address; ``kill`` on stdin kills a
node, the end of stdin all of them. It is noisy on stderr.

Usage: python -m tests.fakes.ray_cluster NODES
"""

import os
import sys

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

if __name__ == "__main__":
    from ray.cluster_utils import Cluster

    quick = {
        "health_check_initial_delay_ms": 0,
        "health_check_period_ms": 1000,
        "health_check_failure_threshold": 5,
    }
    cluster = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 0, "include_dashboard": False, "_system_config": quick},
    )
    nodes = [cluster.add_node(num_cpus=1) for _ in range(int(sys.argv[1]))]
    sys.stdout.write(f"{cluster.address}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        if line.strip() == "kill":
            cluster.remove_node(nodes.pop(), allow_graceful=False)
    cluster.shutdown()

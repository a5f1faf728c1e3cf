"""Every choice of a request made, and what cannot work refused, before anything heavy is imported."""

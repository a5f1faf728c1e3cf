"""Is everything here that is needed?"""

"""Jobs on other people's machines: submitted once, paid for before, ended for certain.

`jobs.py` is the contract with a service that runs jobs, ``cloud_run/`` and ``vertex/`` keep it for Cloud Run jobs and
training jobs of Vertex AI, and `services.py` names them. Requests go by google-auth's session and no client library: of
each service a handful of calls is needed.

**Money.** The price of the longest time that a job may take is reserved in the ledger of providers before it is
submitted, under the job's own id (``money.py``): processes side by side never pass the budget together, and whoever
finds the job later, by its label, settles it. A job that nobody settles goes on counting.

**Nothing is left running.** Every job has a hard time-out that the service itself keeps, and the label ``audobon``. A
job is looked up by its labels before it is made and after an answer was lost; names are only names. `audobon cloud
down` lists by label and ends everything, whatever was killed when.
"""

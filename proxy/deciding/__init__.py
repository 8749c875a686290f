"""What becomes of an exchange: finding x direction x mode -> action, and what the gateway says in the place of others.

policy.py      a pure table from finding to action, and the freeze
policyfile.py  its YAML: policy.yaml as shipped, and what a file lays over it; policy.schema.json is its form
answers.py     what the gateway itself answers or adds
"""

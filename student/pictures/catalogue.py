"""All pictures, in the order of the lecture."""

from pictures import (
    approximation,
    backpropagation,
    by_hand,
    descent,
    gradient_check,
    noise,
    nonlinearities,
)

GROUPS = {
    "The nonlinearities": nonlinearities.PICTURES,
    "Example 1: anything can be approximated": approximation.PICTURES,
    "Example 2: semicircle to parabola, by hand": by_hand.PICTURES,
    "The loss, and what it finds": noise.PICTURES,
    "Gradient descent": descent.PICTURES,
    "Back-propagation": backpropagation.PICTURES,
    "Is the gradient right?": gradient_check.PICTURES,
}
ALL = {picture.name: picture for group in GROUPS.values() for picture in group}

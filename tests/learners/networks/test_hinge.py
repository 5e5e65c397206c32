"""Hinge losses against torch's own, loops, and numeric gradients."""

import numpy as np
import pytest
import torch
from torch.nn.functional import multi_margin_loss

from kgzsl.learners.networks.hinge import hinge_rank, structured_hinge


def drawn(n=7, classes=5, seed=0):
    make = torch.Generator().manual_seed(seed)
    scores = torch.randn((n, classes), generator=make, dtype=torch.float64, requires_grad=True)
    return scores, torch.randint(classes, (n,), generator=make)


@pytest.mark.parametrize("loss", [hinge_rank, structured_hinge])
@pytest.mark.parametrize("margin", [0.1, 1.0])
def test_gradients(loss, margin):
    for seed in range(3):
        scores, y = drawn(seed=seed)
        assert torch.autograd.gradcheck(lambda s, y=y: loss(s, y, margin), (scores,), eps=1e-7)


@pytest.mark.parametrize("margin", [0.1, 1.0])
def test_the_rank_loss_is_what_torch_divides_by_the_number_of_classes(margin):
    scores, y = drawn()
    expected = multi_margin_loss(scores, y, margin=margin) * scores.shape[1]
    assert hinge_rank(scores, y, margin).item() == pytest.approx(expected.item())
    mine, theirs = (torch.autograd.grad(v, scores)[0] for v in (hinge_rank(scores, y, margin), expected))
    assert torch.allclose(mine, theirs)


@pytest.mark.parametrize("margin", [0.1, 1.0])
def test_the_structured_loss_counts_the_worst_wrong_class_only(margin):
    scores, y = drawn()
    s = scores.detach().numpy()
    worst = [max(0.0, *(margin - s[i, t] + s[i, j] for j in range(5) if j != t)) for i, t in enumerate(y)]
    value = structured_hinge(scores, y, margin)
    assert value.item() == pytest.approx(np.mean(worst))
    value.backward()
    assert ((scores.grad != 0).sum(dim=1) == 2 * torch.tensor(np.array(worst) > 0)).all(), "the right and the worst"


@pytest.mark.parametrize("loss", [hinge_rank, structured_hinge])
def test_nothing_is_lost_where_the_right_class_leads_by_the_margin(loss):
    scores, y = drawn()
    led = scores.detach() + 10 * torch.nn.functional.one_hot(y, 5)
    led.requires_grad_()
    value = loss(led, y, 0.1)
    value.backward()
    assert value.item() == 0
    assert not led.grad.any()

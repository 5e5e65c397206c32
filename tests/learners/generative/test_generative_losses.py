"""Losses of the generative networks, against closed forms, torch's distributions and numeric gradients."""

import numpy as np
import pytest
import torch
from scipy import linalg
from torch.distributions import Independent, Normal, kl_divergence

from kgzsl.learners.generative.cadavae import CADAVAEOptions
from kgzsl.learners.networks.aligned import Alignment, Code, Pairs, absolute, divergence, warm_up, wasserstein
from kgzsl.learners.networks.wgan import gradient_penalty

SMOOTH = torch.nn.Sequential(torch.nn.Linear(5, 6), torch.nn.Tanh(), torch.nn.Linear(6, 1)).double()


def drawn(*shape):
    return torch.randn(*shape, dtype=torch.double, requires_grad=True)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_the_penalty_of_a_linear_critic_is_that_of_its_slope():
    weights = torch.tensor([[3.0, 4.0, 7.0]])

    def critic(both):
        return both @ weights.T

    real, fake, conditions, mix = torch.randn(6, 2), torch.randn(6, 2), torch.randn(6, 1), torch.rand(6, 1)
    assert torch.isclose(gradient_penalty(critic, real, fake, conditions, mix), torch.tensor((5.0 - 1) ** 2))


def test_the_penalty_of_a_quadratic_critic_is_taken_between_real_and_fake():
    real, fake, conditions, mix = torch.randn(6, 2), torch.randn(6, 2), torch.zeros(6, 1), torch.rand(6, 1)
    between = mix * real + (1 - mix) * fake
    found = gradient_penalty(lambda both: both.square().sum(dim=1, keepdim=True) / 2, real, fake, conditions, mix)
    assert torch.isclose(found, (between.norm(dim=1) - 1).square().mean())


def test_the_penalty_has_the_gradient_of_its_value():
    mix = torch.rand(4, 1, dtype=torch.double)
    first = SMOOTH[0].weight.detach().clone().requires_grad_(True)

    def penalty(real, fake, conditions, weight):
        def critic(both):
            return SMOOTH[2](torch.tanh(both @ weight.T))

        return gradient_penalty(critic, real.detach() + 0 * real, fake, conditions, mix)

    real, fake, conditions = (drawn(4, w).detach() for w in (3, 3, 2))
    assert torch.autograd.gradcheck(lambda weight: penalty(real, fake, conditions, weight), (first,))


def test_the_divergence_is_that_of_the_distributions():
    code = Code(drawn(7, 3), drawn(7, 3))
    theirs = kl_divergence(Independent(Normal(code.mean, (code.spread / 2).exp()), 1),
                           Independent(Normal(torch.zeros(7, 3).double(), torch.ones(7, 3).double()), 1))  # fmt: skip
    assert torch.isclose(divergence(code), theirs.mean())


def test_the_distance_is_that_of_any_two_gaussians():
    one, other = Code(drawn(1, 3), drawn(1, 3)), Code(drawn(1, 3), drawn(1, 3))
    (m1, v1), (m2, v2) = ((c.mean[0].detach().numpy(), np.diag(np.exp(c.spread[0].detach().numpy())))
                          for c in (one, other))  # fmt: skip
    root = linalg.sqrtm(v1)
    squared = np.square(m1 - m2).sum() + np.trace(v1 + v2 - 2 * linalg.sqrtm(root @ v2 @ root).real)
    assert np.isclose(wasserstein(one, other).item(), np.sqrt(squared))


def test_the_distance_of_a_code_from_itself_has_a_finite_slope():
    code = Code(drawn(2, 3), drawn(2, 3))
    wasserstein(code, Code(code.mean.detach(), code.spread.detach())).backward()
    assert torch.isfinite(code.mean.grad).all()


@pytest.mark.parametrize("loss", [lambda a, b, c, d: divergence(Code(a, b)) + divergence(Code(c, d)),
                                  lambda a, b, c, d: wasserstein(Code(a, b), Code(c, d)),
                                  lambda a, b, c, d: absolute(a, b) + absolute(c, d)])  # fmt: skip
def test_losses_have_the_gradient_of_their_value(loss):
    assert torch.autograd.gradcheck(loss, tuple(drawn(4, 3) for _ in range(4)))


def test_the_whole_loss_has_the_gradient_of_its_value():
    options = CADAVAEOptions(latent=2, hidden=3, decoder=3, class_hidden=3, class_decoder=3)
    both = Alignment(Pairs(np.zeros((4, 3)), np.arange(4), np.zeros((4, 2))), options)
    both.inputs.double(), both.classes.double()
    factors = {"kl": 0.2, "cross": 2.0, "distance": 3.0}
    noise = iter(())

    def loss(X, S):
        nonlocal noise
        noise = iter(torch.randn(2, 4, 2, dtype=torch.double, generator=torch.Generator().manual_seed(1)))
        both._drawn = lambda code: code.mean + (code.spread / 2).exp() * next(noise)
        return both.loss(X, S, factors)

    assert torch.autograd.gradcheck(loss, (drawn(4, 3), drawn(4, 2)))


def test_losses_warm_up_as_published():
    assert [warm_up("cross", e) for e in (0, 21)] == [0, 0]
    assert np.isclose(warm_up("cross", 75), warm_up("cross", 99))
    assert np.isclose(warm_up("cross", 99), 0.044 * 54)
    assert np.isclose(warm_up("distance", 99), 0.54 * 16)
    assert np.isclose(warm_up("kl", 50), 0.0026 * 50)

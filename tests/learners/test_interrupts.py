import os
import signal

import pytest

from kgzsl.learners.networks.interrupts import Interrupts


def test_ctrl_c_is_noted_and_obeyed_when_asked():
    before = signal.getsignal(signal.SIGINT)
    with Interrupts() as interrupts:
        interrupts.obey()
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupts.pressed
        with pytest.raises(KeyboardInterrupt):
            interrupts.obey()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_interrupts_whatever_runs():
    with Interrupts():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)

"""How well a class will be recognised, said from its description alone."""

from kgzsl.forecast.forecast import Expected as Expected
from kgzsl.forecast.forecast import Forecast as Forecast
from kgzsl.forecast.forecast import forecast as forecast

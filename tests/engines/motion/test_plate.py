import numpy as np

from rushes.engines.motion.plate import plate
from tests.engines.motion.media import texture


def figure(height: int = 120, width: int = 160) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    mask[40:80, 60:100] = 255
    return mask


def test_plate_is_the_picture_itself_away_from_the_figure() -> None:
    picture = texture(160, 120)

    painted = plate(picture, figure())

    far = np.ones((120, 160), bool)
    far[30:90, 50:110] = False
    assert (painted[far] == picture[far]).all()


def test_figure_is_painted_over_from_around_it() -> None:
    picture = np.full((120, 160, 3), (90, 120, 60), np.uint8)
    picture[40:80, 60:100] = (250, 0, 0)

    painted = plate(picture, figure())

    assert np.abs(painted.astype(int) - (90, 120, 60)).max() <= 3


def test_picture_stays_when_there_is_no_figure() -> None:
    picture = texture(160, 120)

    assert (plate(picture, np.zeros((120, 160), np.uint8)) == picture).all()


def test_picture_stays_when_the_figure_is_all_of_it() -> None:
    picture = texture(160, 120)

    assert (plate(picture, np.full((120, 160), 255, np.uint8)) == picture).all()

import numpy as np
import pytest

from inference.steps.crops import cut, cut_all, frame_for, paste_all


def test_a_crop_is_centred_masked_and_zero_padded():
    mask = np.zeros((200, 160), bool)
    mask[100:130, 60:100] = True
    image = np.full(mask.shape, 7.0, np.float32)
    frame = frame_for(mask, (0.6, 0.6))
    crop = cut([image, image * 2], mask, frame)
    assert crop.shape == (100, 100, 2)
    assert crop.dtype == np.float32
    assert frame.fits
    assert (crop[35:65, 30:70, 0] == 7).all()
    assert (crop[35:65, 30:70, 1] == 14).all()
    outside = np.ones((100, 100), bool)
    outside[35:65, 30:70] = False
    assert not crop[outside].any()


@pytest.mark.parametrize("pixel", [(0.6, 0.6), (0.5, 0.5), (0.9, 0.68), (1.2, 0.4)])
def test_a_position_keeps_its_millimetres(pixel):
    mask = np.zeros((120, 140), bool)
    mask[40:70, 50:90] = True
    frame = frame_for(mask, pixel)
    columns = np.broadcast_to(np.arange(140, dtype=np.float32) * pixel[1], mask.shape)
    sampled = frame.sample(columns)[50]
    inside = (sampled > 0) & (np.arange(100) > 20) & (np.arange(100) < 80)
    assert np.diff(sampled[inside]) == pytest.approx(0.6, abs=1e-3)


def test_what_is_cut_comes_back_to_its_place():
    mask = np.zeros((200, 160), bool)
    mask[100:130, 60:110] = True
    image = np.zeros(mask.shape, np.float32)
    image[100:108, 60:110] = 1.0
    frame = frame_for(mask, (0.7, 0.55))
    back = frame.back(cut([image], mask, frame)[..., 0], (slice(0, 200), slice(0, 160))) >= 0.5
    assert (back == (image > 0)).mean() > 0.999
    assert abs(int(back.sum()) - int(image.sum())) <= 20


def test_a_body_that_does_not_fit_is_reported():
    mask = np.zeros((200, 160), bool)
    mask[20:121, 60:110] = True
    assert not frame_for(mask, (0.6, 0.6)).fits
    assert frame_for(mask, (0.59, 0.6)).fits


def test_an_empty_mask_has_no_crop():
    with pytest.raises(ValueError, match="empty mask"):
        frame_for(np.zeros((10, 10), bool), (1, 1))


def test_a_body_at_the_border_is_padded_with_zeros():
    mask = np.zeros((50, 50), bool)
    mask[:20, :30] = True
    frame = frame_for(mask, (0.6, 0.6))
    crop = cut([np.ones((50, 50), np.float32)], mask, frame)
    assert crop.sum() == 600


@pytest.mark.parametrize("corner", [(slice(0, 20), slice(0, 30)), (slice(30, 50), slice(20, 50))])
def test_a_body_at_the_border_gets_its_answers_back(corner):
    numbers = np.zeros((2, 50, 50), np.int16)
    numbers[(1, *corner)] = 3
    inside = numbers > 0
    chosen = cut_all([np.ones(numbers.shape, np.float32)] * 2, numbers, inside, (0.6, 0.6))
    probability = paste_all(chosen.images[..., 0], chosen, numbers, inside)
    assert np.array_equal(probability > 0.5, inside)

import numpy as np
import tensorflow as tf

from train import VOCABULARY, WORDS, SkipGram, Trainer, make_pairs, same_topic, train


def test_most_pairs_share_a_topic():
    centers, contexts = make_pairs(np.random.default_rng(0), 1000)
    assert np.mean(centers // WORDS == contexts // WORDS) > 0.85


def test_a_score_for_each_context():
    scores = SkipGram(4).scores(tf.constant([1, 2, 3]), tf.constant([[1, 2], [3, 4], [5, 6]]))
    assert scores.shape == (3, 2)


def test_every_step_is_recorded():
    trainer = Trainer(dimension=4)
    for _ in range(3):
        trainer.train_step(tf.constant([1, 2]), tf.constant([2, 3]), tf.constant([[4], [VOCABULARY - 1]]))
    assert len(trainer.history) == 3
    assert trainer.history[-1] < trainer.history[0]
    assert 0 <= same_topic(trainer.model) <= 1


def test_training_learns():
    losses, accuracy = train(epochs=3, steps=20)
    assert losses[-1] < losses[0]
    assert 0 <= accuracy <= 1

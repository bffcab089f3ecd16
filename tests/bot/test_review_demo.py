"""`make review-demo` plays as it says: the check fails, comments and a suggestion come, and go once all is mended."""

from tools import review_demo


def test_the_scene_plays():
    said = []
    assert review_demo.main(said.append) == 0
    told = "\n".join(said)
    for words in (
        "The check fails (exit code 1).",
        "Comment on train.py:16 (live)",
        "which prints (`metrics.py:5`)",
        "```suggestion\n@tf.function\ndef penalty(inputs, center):\n```",
        "`float32[32, 4]`",
        "2 comments posted, summary posted",
        "2 retired, summary edited",
        "Comment on train.py:16 (minimized as outdated)",
        "The check passes (exit code 0).",
    ):
        assert words in told

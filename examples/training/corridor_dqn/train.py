"""Reinforcement learning: a double, dueling Q-network finds its way through a corridor.

Run it: python examples/training/corridor_dqn/train.py
"""

import argparse
import time

import numpy as np
import tensorflow as tf

from agent import Agent
from environment import Corridor


def success_rate(agent, seed, episodes=20):
    environment = Corridor(seed=seed)
    reached = 0
    for _ in range(episodes):
        state, done = environment.reset(), False
        while not done:
            state, reward, done = environment.step(agent.act(state, epsilon=0.0))
        reached += reward > 0
    return reached / episodes


def train(epochs=4, steps=150, seed=0):
    tf.keras.utils.set_random_seed(seed)
    environment = Corridor(seed=seed)
    agent = Agent(environment.OBSERVATION, actions=3)
    state = environment.reset()
    epsilon = 1.0
    losses = []
    for epoch in range(epochs):
        start = time.perf_counter()
        found = []
        for _ in range(steps):
            action = agent.act(state, epsilon)
            next_state, reward, done = environment.step(action)
            agent.remember(state, action, reward, next_state, done)
            state = environment.reset() if done else next_state
            loss = agent.learn()
            if loss is not None:
                found.append(loss)
            epsilon = max(0.1, epsilon * 0.993)
        losses.append(float(np.mean(found)))
        print(f"epoch {epoch}: loss={losses[-1]:.6f} seconds={time.perf_counter() - start:.4f}")
    return losses, success_rate(agent, seed + 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--steps", type=int, default=150, help="steps per epoch")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    losses, accuracy = train(args.epochs, args.steps, args.seed)
    print(f"loss={losses[-1]:.6f} accuracy={accuracy:.4f}")


if __name__ == "__main__":
    main()

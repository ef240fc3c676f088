"""A small Keras network as a SavedModel; runs in the tensorflow environment. Argument: the folder."""

import sys

import tensorflow as tf

tf.keras.utils.set_random_seed(1)
model = tf.keras.Sequential(
    [
        tf.keras.Input((8, 8, 1), name="pixels"),
        tf.keras.layers.Conv2D(4, 3, activation="relu"),
        tf.keras.layers.BatchNormalization(),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(4, activation="softmax"),
    ]
)
model.export(sys.argv[1])

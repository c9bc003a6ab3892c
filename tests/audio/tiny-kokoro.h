/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A small Kokoro with made-up weights, the same as in tools/goldens/kokoro. */

#pragma once

#include <glib.h>

#include "audio/kokoro/kokoro.h"

enum {
  TINY_KOKORO_SYMBOLS = 10,
  TINY_KOKORO_HIDDEN = 16,
  TINY_KOKORO_STYLE = 6 /* of each half */
};

/* What is wrong with the tensor `flawed`. */
typedef enum {
  TINY_KOKORO_WHOLE,
  TINY_KOKORO_MISSING,
  TINY_KOKORO_OTHER_SHAPE,
  TINY_KOKORO_OTHER_TYPE,
  TINY_KOKORO_NOT_FINITE
} TinyKokoroFlaw;

/* n values from the hash of a name, in [-1.5, 1.5) / sqrt (n_in). */
void tiny_kokoro_fill (const char *name, float *values, size_t n, int n_in);
/* Writes the model to a temporary file. (transfer full): its path. architecture NULL: "kokoro". */
char *tiny_kokoro_write (const char *architecture, const char *flawed, TinyKokoroFlaw flaw);
/* (transfer full): the model, loaded. */
AudioKokoro *tiny_kokoro_load (NnContext *context);

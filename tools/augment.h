/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Makes of a recording another one that sounds alike in all that matters to a listener: other room,
 * microphone, line, distance, noise, and a little faster or slower. tools/features uses it for
 * the training of the heads. Deterministic: the same seed and samples give the same result on every
 * machine of one kind of floating point.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* 16 kHz. (transfer full): *n_out samples. */
float *augment (const float *samples, gsize n_samples, guint32 seed, gsize *n_out);

G_END_DECLS

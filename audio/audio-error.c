/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/audio-error.h"

G_DEFINE_QUARK (audio-error-quark, audio_error)

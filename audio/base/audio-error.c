/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/base/audio-error.h"

GQuark
audio_error_quark (void)
{
  return g_quark_from_static_string ("audio-error-quark");
}

/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/base/app-error.h"

#include "audio/base/audio-error.h"

GQuark
app_error_quark (void)
{
  return g_quark_from_static_string ("app-error-quark");
}

int
app_error_get_kind (const GError *error)
{
  static const AppError kinds[] = {
    [AUDIO_ERROR_OPEN] = APP_ERROR_RECORDING,     [AUDIO_ERROR_FORMAT] = APP_ERROR_RECORDING,
    [AUDIO_ERROR_EMPTY] = APP_ERROR_RECORDING,    [AUDIO_ERROR_TOO_SHORT] = APP_ERROR_RECORDING,
    [AUDIO_ERROR_TOO_LONG] = APP_ERROR_RECORDING, [AUDIO_ERROR_NO_SPEECH] = APP_ERROR_NO_SPEECH,
    [AUDIO_ERROR_DEVICE] = APP_ERROR_DEVICE,      [AUDIO_ERROR_DISK] = APP_ERROR_DISK,
    [AUDIO_ERROR_MODEL] = APP_ERROR_FORMAT,       [AUDIO_ERROR_LANGUAGE] = APP_ERROR_ARGUMENT,
    [AUDIO_ERROR_MARKUP] = APP_ERROR_ARGUMENT,    [AUDIO_ERROR_CANCELLED] = APP_ERROR_CANCELLED,
  };

  if (error->domain == APP_ERROR)
    return error->code;
  return error->domain == AUDIO_ERROR && error->code >= 0
                 && error->code < (int) G_N_ELEMENTS (kinds)
             ? (int) kinds[error->code]
             : -1;
}

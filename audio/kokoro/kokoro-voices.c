/* SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "audio/base/audio-error.h"
#include "audio/kokoro/kokoro.h"

#define PREFIX "voice."

struct _AudioVoices {
  NnGguf *gguf;
};

AudioVoices *
audio_voices_load (const char *path, GError **error)
{
  g_autoptr (AudioVoices) voices = g_new0 (AudioVoices, 1);

  voices->gguf = nn_gguf_open (path, error);
  if (voices->gguf == NULL)
    return NULL;
  const char *architecture = nn_gguf_get_string (voices->gguf, "general.architecture", error);
  if (architecture == NULL)
    return NULL;
  if (!g_str_equal (architecture, "kokoro-voices")) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: the architecture is %s, expected kokoro-voices", path, architecture);
    return NULL;
  }
  for (size_t i = 0; i < nn_gguf_get_n_tensors (voices->gguf); i++) {
    const NnTensor *tensor = nn_gguf_get_tensor (voices->gguf, i);
    if (!g_str_has_prefix (tensor->name, PREFIX) || tensor->n_dims != 2
        || tensor->dims[0] != AUDIO_KOKORO_STYLE || tensor->dims[1] != AUDIO_KOKORO_MAX_SYMBOLS
        || (tensor->type != NN_TYPE_F16 && tensor->type != NN_TYPE_F32)) {
      g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                   "%s: tensor %s is not a voice: expected %d x %d of F16 or F32", path,
                   tensor->name, AUDIO_KOKORO_STYLE, AUDIO_KOKORO_MAX_SYMBOLS);
      return NULL;
    }
  }
  return g_steal_pointer (&voices);
}

void
audio_voices_free (AudioVoices *voices)
{
  if (voices == NULL)
    return;
  g_clear_pointer (&voices->gguf, nn_gguf_unref);
  g_free (voices);
}

size_t
audio_voices_get_n (const AudioVoices *voices)
{
  return nn_gguf_get_n_tensors (voices->gguf);
}

const char *
audio_voices_get_name (const AudioVoices *voices, size_t index)
{
  return nn_gguf_get_tensor (voices->gguf, index)->name + strlen (PREFIX);
}

gboolean
audio_voices_get_style (const AudioVoices *voices, const char *name, int n,
                        float style[AUDIO_KOKORO_STYLE], GError **error)
{
  g_autofree char *full = g_strconcat (PREFIX, name, NULL);
  const NnTensor *tensor = nn_gguf_find (voices->gguf, full);

  if (tensor == NULL) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL, "%s: there is no voice %s",
                 nn_gguf_get_path (voices->gguf), name);
    return FALSE;
  }
  const int row = CLAMP (n, 1, AUDIO_KOKORO_MAX_SYMBOLS) - 1;
  const size_t row_bytes = nn_type_row_bytes (tensor->type, AUDIO_KOKORO_STYLE);
  nn_dequantize_row (tensor->type, (const char *) tensor->data + (size_t) row * row_bytes, style,
                     AUDIO_KOKORO_STYLE);
  return TRUE;
}

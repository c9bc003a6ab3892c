/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Speech from phonemes in a stock voice: Kokoro-82M (audio/kokoro/KOKORO.md).
 *
 * The model is loaded once and lives as long as its context. A voice is a table of styles, one row
 * per number of symbols. Speaking is deterministic: same symbols, style and speed, same samples.
 * Everything runs on the thread that owns the context.
 *
 *   g_autoptr (AudioKokoro) kokoro = audio_kokoro_load (context, path, &error);
 *   g_autoptr (AudioVoices) voices = audio_voices_load (voices_path, &error);
 *   int n = audio_kokoro_read_symbols (kokoro, "həlˈO wˈɜɹld.", ids);
 *   audio_voices_get_style (voices, "af_heart", n, style, &error);
 *   audio_kokoro_speak (kokoro, ids, n, style, 1, &speech, &error);
 */

#pragma once

#include "nn/gguf/gguf.h"
#include "nn/ops/context.h"

G_BEGIN_DECLS

enum {
  AUDIO_KOKORO_RATE = 24000,
  AUDIO_KOKORO_FRAME = 600, /* samples: durations are whole frames of 25 ms */
  AUDIO_KOKORO_MAX_SYMBOLS = 510,
  AUDIO_KOKORO_MAX_FRAMES = 4000, /* of one call: 100 s */
  AUDIO_KOKORO_STYLE = 256
};

typedef struct _AudioKokoro AudioKokoro;

/* The samples of a call, mono, and where its symbols are. */
typedef struct {
  float *samples;
  size_t n_samples;
  /* Frames of each symbol, n + 2: with the silence before the first and after the last. */
  int *frames;
  int n_frames;
} AudioKokoroSpeech;

/* The context must outlive it. (transfer full). Errors: of nn/gguf/gguf.h, AUDIO_ERROR_MODEL. */
AudioKokoro *audio_kokoro_load (NnContext *context, const char *path, GError **error);
void audio_kokoro_free (AudioKokoro *kokoro);

/* The ids of a phoneme string (UTF-8), at most AUDIO_KOKORO_MAX_SYMBOLS; what the model has no
 * symbol for is left out. Returns their number. */
int audio_kokoro_read_symbols (const AudioKokoro *kokoro, const char *phonemes, int *ids);

/* n >= 1 symbols; speed 0.25 .. 4, where 2 is twice as fast. `speech` is filled; clear it. Errors:
 * AUDIO_ERROR_CANCELLED; AUDIO_ERROR_TOO_LONG if it would be longer than MAX_FRAMES;
 * AUDIO_ERROR_MODEL if the weights are such that no numbers come out. */
gboolean audio_kokoro_speak (AudioKokoro *kokoro, const int *ids, int n,
                             const float style[AUDIO_KOKORO_STYLE], float speed,
                             AudioKokoroSpeech *speech, GError **error);
void audio_kokoro_speech_clear (AudioKokoroSpeech *speech);

/* How it is spoken; zero is the default of each. */
typedef struct {
  float speed;     /* 1; 0.25 .. 4 */
  float f0_factor; /* 1: the F0 that the model predicts, times this; 0.25 .. 4 */
  float f0_spread; /* 1: how far F0 moves around its mean, in octaves, times this; 0.1 .. 4 */
  /* NULL, or a style: F0 has the median that it would have in this one, times f0_factor. */
  const float *f0_style;
} AudioKokoroManner;

/* audio_kokoro_speak() in this manner. */
gboolean audio_kokoro_speak_as (AudioKokoro *kokoro, const int *ids, int n,
                                const float style[AUDIO_KOKORO_STYLE],
                                const AudioKokoroManner *manner, AudioKokoroSpeech *speech,
                                GError **error);

/* The stock voices of a file. */
typedef struct _AudioVoices AudioVoices;

AudioVoices *audio_voices_load (const char *path, GError **error);
void audio_voices_free (AudioVoices *voices);
size_t audio_voices_get_n (const AudioVoices *voices);
/* "af_heart": the first letter is the language (a, b English; z Chinese; ...), the second the
 * gender. (transfer none). */
const char *audio_voices_get_name (const AudioVoices *voices, size_t index);
/* The style for an utterance of n symbols. Errors: AUDIO_ERROR_MODEL if there is no such voice. */
gboolean audio_voices_get_style (const AudioVoices *voices, const char *name, int n,
                                 float style[AUDIO_KOKORO_STYLE], GError **error);

/* What is heard in the way of speaking. */
typedef enum { AUDIO_FEELING_NONE, AUDIO_FEELING_SAD, AUDIO_FEELING_ANGRY } AudioFeeling;

/* Turns a style towards a feeling: the directions are known in terms of the stock voices, some of
 * which must be there. AUDIO_ERROR_MODEL if one is not. */
gboolean audio_voices_lean (const AudioVoices *voices, AudioFeeling feeling,
                            float style[AUDIO_KOKORO_STYLE], GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioKokoro, audio_kokoro_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioVoices, audio_voices_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AudioKokoroSpeech, audio_kokoro_speech_clear)

G_END_DECLS

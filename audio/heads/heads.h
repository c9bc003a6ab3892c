/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the voice of a stretch of speech tells: emotion and gender, as calibrated probabilities.
 *
 * AudioAttributes is plain data. AudioHeads holds the small networks that tools/train learned: the
 * emotion is read from inner blocks of Whisper's encoder (audio/heads/voice-features.h), the gender
 * from those and the speaker embedding. Weights are immutable, but there is scratch: used by the
 * thread that owns the context. audio/heads/HEADS.md describes the model.
 *
 *   g_autoptr (AudioHeads) heads = audio_heads_load (context, path, &error);
 *   audio_heads_judge (heads, whisper, state, samples, n, embedding, &prosody, &attributes,
 * &error);
 */

#pragma once

#include "audio/prosody/prosody.h"
#include "audio/whisper/whisper.h"

G_BEGIN_DECLS

typedef enum {
  AUDIO_EMOTION_NEUTRAL,
  AUDIO_EMOTION_HAPPY,
  AUDIO_EMOTION_SAD,
  AUDIO_EMOTION_ANGRY,
  AUDIO_EMOTION_FEARFUL,
  AUDIO_EMOTION_SURPRISED,
  AUDIO_EMOTION_DISGUSTED,
  AUDIO_N_EMOTIONS
} AudioEmotion;

/* Why there is no verdict: bits of AudioAttributes.doubts. */
typedef enum {
  AUDIO_DOUBT_FLAT = 1 << 0,      /* no emotion stands out */
  AUDIO_DOUBT_SHORT = 1 << 1,     /* too little speech */
  AUDIO_DOUBT_NOISE = 1 << 2,     /* noise or music is nearly as loud as the speech */
  AUDIO_DOUBT_CLIPPED = 1 << 3,   /* clipping */
  AUDIO_DOUBT_NARROW = 1 << 4,    /* a telephone's band: below 4 kHz only */
  AUDIO_DOUBT_UNVOICED = 1 << 5,  /* whispering: hardly any voiced frames */
  AUDIO_DOUBT_UNUSUAL = 1 << 6,   /* unlike the speech that the heads learned from */
  AUDIO_DOUBT_NO_SPEECH = 1 << 7, /* the recognised words are improbable: music, laughter */
  AUDIO_DOUBT_GENDER = 1 << 8,    /* the gender is open, whatever the emotion */
} AudioDoubt;

typedef struct {
  float emotion[AUDIO_N_EMOTIONS]; /* sums to 1 */
  float female;                    /* that of male is 1 - female */
  bool certain;                    /* the likeliest emotion is a verdict */
  bool gender_certain;
  unsigned doubts; /* bits of AudioDoubt; none of the emotion's exactly if certain */
} AudioAttributes;

/* "neutral", "happy", ...; "flat", "short", ...: static, English, as the documented JSON has them.
 */
const char *audio_emotion_get_name (AudioEmotion emotion);
const char *audio_doubt_get_name (AudioDoubt doubt);
AudioEmotion audio_attributes_get_top (const AudioAttributes *attributes);

typedef struct _AudioHeads AudioHeads;

#define AUDIO_HEADS_SPEAKER 256 /* floats of a speaker embedding */

/* (transfer full). The context is borrowed and must outlive it. AUDIO_ERROR_MODEL for a file that
 * holds another model or numbers out of range, NN_ERROR_* for a damaged one or a tensor that does
 * not fit. */
AudioHeads *audio_heads_load (NnContext *context, const char *path, GError **error);
/* The same from a file that is open, of which nothing is kept. */
AudioHeads *audio_heads_load_gguf (NnContext *context, const NnGguf *gguf, GError **error);
void audio_heads_free (AudioHeads *heads);

/* Judges one stretch of one speaker, 16 kHz; 1 to 12 s are best, any length is allowed. speaker:
 * its unit-length embedding, of AUDIO_HEADS_SPEAKER floats, or NULL: then the gender stays open.
 * prosody: or NULL: then the emotion is read without it. Sets the doubts FLAT, SHORT, UNUSUAL and
 * GENDER; who knows of others adds them with audio_attributes_doubt(). The window that the state
 * held is gone. FALSE: AUDIO_ERROR_CANCELLED, or AUDIO_ERROR_MODEL for a Whisper of another size
 * than the heads were made for. */
gboolean audio_heads_judge (AudioHeads *heads, AudioWhisper *whisper, AudioWhisperState *state,
                            const float *samples, size_t n_samples, const float *speaker,
                            const AudioProsody *prosody, AudioAttributes *out, GError **error);
/* Whether this probability that a voice is a woman's is a verdict. */
bool audio_heads_is_gender_certain (const AudioHeads *heads, float female);
/* Adds doubts and takes the verdicts back that they forbid. */
void audio_attributes_doubt (AudioAttributes *attributes, unsigned doubts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioHeads, audio_heads_free)

G_END_DECLS

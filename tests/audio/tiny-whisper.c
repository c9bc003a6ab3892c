/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "tests/audio/tiny-whisper.h"

#include <math.h>
#include <string.h>

typedef struct {
  GgufBuilder *builder;
  const char *left_out;
} Maker;

void
tiny_whisper_seeded (const char *name, size_t n, float scale, float offset, float *values)
{
  uint32_t state = 2166136261u;

  for (const char *p = name; *p != '\0'; p++)
    state = (state ^ (uint8_t) *p) * 16777619u;
  for (size_t i = 0; i < n; i++) {
    state = state * 1664525u + 1013904223u;
    values[i] = ((float) (state >> 8) / 8388608.0f - 1.0f) * scale + offset;
  }
}

static void
add_f32 (Maker *maker, const char *name, int n_dims, int64_t width, int64_t n_rows,
         const float *values)
{
  const int64_t dims[2] = { width, n_rows };

  if (g_strcmp0 (name, maker->left_out) != 0)
    gguf_builder_add_f32_tensor (maker->builder, name, n_dims, dims, values);
}

static void
add_matrix (Maker *maker, const char *prefix, const char *name, int n_dims, const int64_t *dims)
{
  g_autofree char *full = g_strconcat (prefix, name, NULL);
  size_t n = 1;
  size_t n_in = 1;

  for (int i = 0; i < n_dims; i++) {
    n *= (size_t) dims[i];
    n_in *= i + 1 < n_dims ? (size_t) dims[i] : 1;
  }
  g_autofree float *values = g_new (float, n);
  g_autofree uint16_t *halves = g_new (uint16_t, n);

  tiny_whisper_seeded (full, n, 2.0f / sqrtf ((float) n_in), 0.0f, values);
  for (size_t i = 0; i < n; i++)
    halves[i] = nn_f16_from_f32 (values[i]);
  if (g_strcmp0 (full, maker->left_out) != 0)
    gguf_builder_add_tensor (maker->builder, full, NN_TYPE_F16, n_dims, dims, halves,
                             n * sizeof *halves);
}

/* Keys have no bias: they are the part between zero_from and zero_to. */
static void
add_linear (Maker *maker, const char *prefix, const char *name, int n_in, int n_out, int zero_from,
            int zero_to)
{
  g_autofree char *weight = g_strconcat (name, ".weight", NULL);
  g_autofree char *bias = g_strconcat (prefix, name, ".bias", NULL);
  g_autofree float *values = g_new (float, n_out);

  add_matrix (maker, prefix, weight, 2, (int64_t[]){ n_in, n_out });
  tiny_whisper_seeded (bias, (size_t) n_out, 0.1f, 0.0f, values);
  for (int i = zero_from; i < zero_to; i++)
    values[i] = 0.0f;
  add_f32 (maker, bias, 1, n_out, 1, values);
}

static void
add_norm (Maker *maker, const char *prefix, const char *name)
{
  g_autofree char *weight = g_strconcat (prefix, name, ".weight", NULL);
  g_autofree char *bias = g_strconcat (prefix, name, ".bias", NULL);
  float values[TINY_N_STATE];

  tiny_whisper_seeded (weight, TINY_N_STATE, 0.3f, 1.0f, values);
  add_f32 (maker, weight, 1, TINY_N_STATE, 1, values);
  tiny_whisper_seeded (bias, TINY_N_STATE, 0.1f, 0.0f, values);
  add_f32 (maker, bias, 1, TINY_N_STATE, 1, values);
}

static void
add_block (Maker *maker, const char *side, int index)
{
  const int d = TINY_N_STATE;
  g_autofree char *prefix = g_strdup_printf ("%s.blocks.%d.", side, index);

  add_norm (maker, prefix, "attn_ln");
  add_linear (maker, prefix, "attn.qkv", d, 3 * d, d, 2 * d);
  add_linear (maker, prefix, "attn.out", d, d, 0, 0);
  if (side[0] == 'd') {
    add_norm (maker, prefix, "cross_attn_ln");
    add_linear (maker, prefix, "cross_attn.q", d, d, 0, 0);
    add_linear (maker, prefix, "cross_attn.kv", d, 2 * d, 0, d);
    add_linear (maker, prefix, "cross_attn.out", d, d, 0, 0);
  }
  add_norm (maker, prefix, "mlp_ln");
  add_linear (maker, prefix, "mlp.0", d, 4 * d, 0, 0);
  add_linear (maker, prefix, "mlp.2", 4 * d, d, 0, 0);
}

static void
add_convolution (Maker *maker, const char *name, int n_in)
{
  g_autofree char *weight = g_strconcat (name, ".weight", NULL);
  g_autofree char *bias = g_strconcat ("encoder.", name, ".bias", NULL);
  float values[TINY_N_STATE];

  add_matrix (maker, "encoder.", weight, 3, (int64_t[]){ 3, n_in, TINY_N_STATE });
  tiny_whisper_seeded (bias, TINY_N_STATE, 0.1f, 0.0f, values);
  add_f32 (maker, bias, 1, TINY_N_STATE, 1, values);
}

static void
add_positions (Maker *maker, const char *name, int n)
{
  g_autofree float *values = g_new (float, n *TINY_N_STATE);

  tiny_whisper_seeded (name, (size_t) n * TINY_N_STATE, 0.5f, 0.0f, values);
  add_f32 (maker, name, 2, TINY_N_STATE, n, values);
}

static void
add_vocabulary (Maker *maker)
{
  static const char *const specials[] = {
    "<|endoftext|>",  "<|startoftranscript|>", "<|en|>",          "<|zh|>",       "<|translate|>",
    "<|transcribe|>", "<|startoflm|>",         "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"
  };
  g_autoptr (GPtrArray) tokens = g_ptr_array_new_with_free_func (g_free);

  /* Text: words with a space before them (U+0120), marks, and the three bytes of a character. */
  for (int i = 0; i < TINY_EOT - 7; i++)
    g_ptr_array_add (
        tokens, g_strdup_printf ("%s%c%c", i % 3 == 0 ? "" : "\u0120", 'a' + i % 26, 'a' + i / 26));
  for (int i = 0; i < 4; i++)
    g_ptr_array_add (tokens, g_strdup_printf ("%c", ",.?!"[i]));
  g_ptr_array_add (tokens, g_strdup ("\u00e8")); /* U+807D is e8 81 bd */
  g_ptr_array_add (tokens, g_strdup ("\u0123"));
  g_ptr_array_add (tokens, g_strdup ("\u00bd"));
  for (size_t i = 0; i < G_N_ELEMENTS (specials); i++)
    g_ptr_array_add (tokens, g_strdup (specials[i]));
  for (int i = TINY_TIMESTAMP_BEGIN; i < TINY_N_VOCAB; i++)
    g_ptr_array_add (tokens, g_strdup_printf ("<|%.2f|>", (i - TINY_TIMESTAMP_BEGIN) * 0.02));
  g_assert_cmpuint (tokens->len, ==, TINY_N_VOCAB);
  if (g_strcmp0 (maker->left_out, "tokenizer.ggml.tokens") != 0)
    gguf_builder_add_strings (maker->builder, "tokenizer.ggml.tokens",
                              (const char *const *) tokens->pdata, tokens->len);
}

static void
add_keys (Maker *maker)
{
  static const struct {
    const char *key;
    uint32_t value;
  } numbers[] = {
    { "whisper.n_mels", TINY_N_MELS },          { "whisper.n_audio_ctx", TINY_N_AUDIO_CTX },
    { "whisper.n_audio_state", TINY_N_STATE },  { "whisper.n_audio_head", TINY_N_HEADS },
    { "whisper.n_audio_layer", TINY_N_LAYERS }, { "whisper.n_text_ctx", TINY_N_TEXT_CTX },
    { "whisper.n_text_state", TINY_N_STATE },   { "whisper.n_text_head", TINY_N_HEADS },
    { "whisper.n_text_layer", TINY_N_LAYERS },  { "whisper.n_vocab", TINY_N_VOCAB },
  };
  GgufBuilder *b = maker->builder;

  gguf_builder_add_string (b, "general.architecture", "whisper");
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (g_strcmp0 (maker->left_out, numbers[i].key) != 0)
      gguf_builder_add_u32 (b, numbers[i].key, numbers[i].value);
  gguf_builder_add_ints (b, "whisper.alignment_heads", (int32_t[]){ 0, 1, 1, 0, 1, 3 }, 6);
  gguf_builder_add_ints (b, "whisper.suppress_ids",
                         (int32_t[]){ 5, 9, TINY_SOT, TINY_TRANSLATE, TINY_TRANSCRIBE,
                                      TINY_START_OF_LM, TINY_SOT_PREV, TINY_NO_SPEECH },
                         8);
  gguf_builder_add_ints (b, "whisper.suppress_ids_begin", (int32_t[]){ 2, TINY_EOT }, 2);
  if (g_strcmp0 (maker->left_out, "whisper.languages") != 0)
    gguf_builder_add_strings (b, "whisper.languages", (const char *const[]){ "en", "zh" }, 2);
}

GgufBuilder *
tiny_whisper_builder (const char *left_out)
{
  Maker maker = { .builder = gguf_builder_new (), .left_out = left_out };

  add_keys (&maker);
  add_vocabulary (&maker);
  add_convolution (&maker, "conv1", TINY_N_MELS);
  add_convolution (&maker, "conv2", TINY_N_STATE);
  add_positions (&maker, "encoder.positional_embedding", TINY_N_AUDIO_CTX);
  add_positions (&maker, "decoder.positional_embedding", TINY_N_TEXT_CTX);
  add_matrix (&maker, "decoder.", "token_embedding.weight", 2,
              (int64_t[]){ TINY_N_STATE, TINY_N_VOCAB });
  add_norm (&maker, "encoder.", "ln_post");
  add_norm (&maker, "decoder.", "ln");
  for (int i = 0; i < TINY_N_LAYERS; i++) {
    add_block (&maker, "encoder", i);
    add_block (&maker, "decoder", i);
  }
  return maker.builder;
}

NnGguf *
tiny_whisper_gguf (void)
{
  g_autoptr (GgufBuilder) builder = tiny_whisper_builder (NULL);
  g_autoptr (GBytes) bytes = gguf_builder_build (builder);
  g_autoptr (GError) error = NULL;
  NnGguf *gguf = nn_gguf_new_from_bytes (bytes, "tiny", &error);

  g_assert_no_error (error);
  return gguf;
}

char **
tiny_whisper_golden (const char *file, const char *start)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("HEARSAY_SOURCE_ROOT"), "tests", "golden", "audio", file, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix (*line, start))
      g_ptr_array_add (found, g_strdup (*line + strlen (start)));
  g_assert_cmpuint (found->len, >, 0);
  g_ptr_array_add (found, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&found), FALSE);
}

float *
tiny_whisper_numbers (const char *line, size_t *n)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  float *numbers = g_new0 (float, g_strv_length (words) + 1);

  *n = 0;
  for (char **word = words; *word != NULL; word++)
    if (**word != '\0')
      numbers[(*n)++] = (float) g_ascii_strtod (*word, NULL);
  return numbers;
}

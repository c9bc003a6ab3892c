/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "tests/audio/tiny-kokoro.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "tests/audio/made-up.h"
#include "tests/support/gguf-builder.h"

enum {
  EMBEDDING = 8,
  BERT = 12,
  BERT_WIDE = 20,
  POSITIONS = 512,
  DURATIONS = 5,
  DECODER = 20,
  RESIDUAL = 4,
  HIDDEN = TINY_KOKORO_HIDDEN,
  STYLE = TINY_KOKORO_STYLE,
  BINS = 22
};

typedef struct {
  GgufBuilder *builder;
  const char *flawed;
  TinyKokoroFlaw flaw;
} Writer;

void
tiny_kokoro_fill (const char *name, float *values, size_t n, int n_in)
{
  uint32_t state = 2166136261u;

  for (; *name != '\0'; name++)
    state = (state ^ (uint8_t) *name) * 16777619u;
  for (size_t i = 0; i < n; i++)
    values[i] = signal_next (&state) * (float) (1.5 / sqrt (n_in));
}

static void add (Writer *writer, int n_in, int n_out, const char *format, ...) G_GNUC_PRINTF (4, 5);

/* n_out 0: a vector. */
static void
add (Writer *writer, int n_in, int n_out, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *name = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  size_t n = (size_t) n_in * (size_t) MAX (n_out, 1);
  g_autofree float *values = g_new (float, n);
  TinyKokoroFlaw flaw = g_strcmp0 (name, writer->flawed) == 0 ? writer->flaw : TINY_KOKORO_WHOLE;
  int64_t dims[2] = { n_in, n_out };

  tiny_kokoro_fill (name, values, n, n_out > 0 ? n_in : 4);
  for (size_t i = 0; i < n; i++) {
    if (g_str_equal (name, "prosody.f0.output.bias"))
      values[i] += 900;
    if (strstr (name, ".alpha") != NULL)
      values[i] = fabsf (values[i]) + 1;
    if (g_str_equal (name, "generator.output.weight"))
      values[i] *= 0.125f;
    if (g_str_equal (name, "decoder.f0.weight"))
      values[i] *= 0.015625f;
  }
  if (flaw == TINY_KOKORO_NOT_FINITE)
    values[n / 2] = NAN;
  if (flaw == TINY_KOKORO_OTHER_SHAPE)
    dims[0]--;
  if (flaw == TINY_KOKORO_OTHER_TYPE)
    gguf_builder_add_tensor (writer->builder, name, NN_TYPE_F16, n_out > 0 ? 2 : 1, dims, values,
                             n * 2);
  else if (flaw != TINY_KOKORO_MISSING)
    gguf_builder_add_f32_tensor (writer->builder, name, n_out > 0 ? 2 : 1, dims, values);
}

static void
add_linear (Writer *writer, const char *name, int n_in, int n_out)
{
  add (writer, n_in, n_out, "%s.weight", name);
  add (writer, n_out, 0, "%s.bias", name);
}

static void
add_conv (Writer *writer, const char *name, int n_in, int n_taps, int n_out)
{
  add_linear (writer, name, (n_in + 31) / 32 * 32 * n_taps, n_out);
}

static void
add_norm (Writer *writer, const char *name, int n)
{
  add (writer, n, 0, "%s.weight", name);
  add (writer, n, 0, "%s.bias", name);
}

static void
add_lstm (Writer *writer, const char *name, int n_in)
{
  static const char *const directions[] = { "forward", "backward" };

  for (int d = 0; d < 2; d++) {
    add (writer, n_in, 2 * HIDDEN, "%s.%s.input.weight", name, directions[d]);
    add (writer, HIDDEN / 2, 2 * HIDDEN, "%s.%s.state.weight", name, directions[d]);
    add (writer, 2 * HIDDEN, 0, "%s.%s.bias", name, directions[d]);
  }
}

static void
add_block (Writer *writer, const char *name, int n_in, int n_out, gboolean upsamples)
{
  g_autofree char *norm1 = g_strconcat (name, ".norm1", NULL);
  g_autofree char *norm2 = g_strconcat (name, ".norm2", NULL);
  g_autofree char *conv1 = g_strconcat (name, ".conv1", NULL);
  g_autofree char *conv2 = g_strconcat (name, ".conv2", NULL);

  add_linear (writer, norm1, STYLE, 2 * n_in);
  add_linear (writer, norm2, STYLE, 2 * n_out);
  add_conv (writer, conv1, n_in, 3, n_out);
  add_conv (writer, conv2, n_out, 3, n_out);
  if (n_in != n_out)
    add (writer, (n_in + 31) / 32 * 32, n_out, "%s.shortcut.weight", name);
  if (upsamples) {
    add (writer, n_in, 3, "%s.pool.weight", name);
    add (writer, n_in, 0, "%s.pool.bias", name);
  }
}

static void
add_readers (Writer *writer)
{
  static const char *const square[] = { "bert.query", "bert.key", "bert.value", "bert.dense" };

  add (writer, EMBEDDING, TINY_KOKORO_SYMBOLS, "bert.embedding");
  add (writer, EMBEDDING, POSITIONS, "bert.position");
  add_norm (writer, "bert.embedding_norm", EMBEDDING);
  add_linear (writer, "bert.projection", EMBEDDING, BERT);
  for (size_t i = 0; i < G_N_ELEMENTS (square); i++)
    add_linear (writer, square[i], BERT, BERT);
  add_norm (writer, "bert.attention_norm", BERT);
  add_linear (writer, "bert.wide", BERT, BERT_WIDE);
  add_linear (writer, "bert.narrow", BERT_WIDE, BERT);
  add_norm (writer, "bert.output_norm", BERT);
  add_linear (writer, "bert.output", BERT, HIDDEN);
  add (writer, HIDDEN, TINY_KOKORO_SYMBOLS, "text.embedding");
  for (int i = 0; i < 3; i++) {
    g_autofree char *conv = g_strdup_printf ("text.conv.%d", i);
    g_autofree char *norm = g_strdup_printf ("text.norm.%d", i);
    add_conv (writer, conv, HIDDEN, 5, HIDDEN);
    add_norm (writer, norm, HIDDEN);
  }
  add_lstm (writer, "text.lstm", HIDDEN);
}

static void
add_prosody (Writer *writer)
{
  static const char *const curves[] = { "f0", "energy" };
  static const int widths[] = { HIDDEN, HIDDEN, HIDDEN / 2, HIDDEN / 2 };

  for (int i = 0; i < 3; i++) {
    g_autofree char *lstm = g_strdup_printf ("prosody.text.%d.lstm", i);
    g_autofree char *norm = g_strdup_printf ("prosody.text.%d.norm", i);
    add_lstm (writer, lstm, HIDDEN + STYLE);
    add_linear (writer, norm, STYLE, 2 * HIDDEN);
  }
  add_lstm (writer, "prosody.lstm", HIDDEN + STYLE);
  add_linear (writer, "prosody.duration", HIDDEN, DURATIONS);
  add_lstm (writer, "prosody.shared", HIDDEN + STYLE);
  for (int c = 0; c < 2; c++) {
    g_autofree char *output = g_strdup_printf ("prosody.%s.output", curves[c]);
    for (int i = 0; i < 3; i++) {
      g_autofree char *block = g_strdup_printf ("prosody.%s.%d", curves[c], i);
      add_block (writer, block, widths[i], widths[i + 1], i == 1);
    }
    add_conv (writer, output, HIDDEN / 2, 1, 1);
  }
}

static void
add_decoder (Writer *writer)
{
  add_linear (writer, "decoder.f0", 3, 1);
  add_linear (writer, "decoder.energy", 3, 1);
  add_conv (writer, "decoder.residual", HIDDEN, 1, RESIDUAL);
  add_block (writer, "decoder.encode", HIDDEN + 2, DECODER, FALSE);
  for (int i = 0; i < 4; i++) {
    g_autofree char *name = g_strdup_printf ("decoder.decode.%d", i);
    add_block (writer, name, DECODER + RESIDUAL + 2, i < 3 ? DECODER : HIDDEN, i == 3);
  }
}

static void
add_wave_block (Writer *writer, const char *name, int n, int n_taps)
{
  for (int i = 0; i < 3; i++)
    for (int part = 1; part <= 2; part++) {
      g_autofree char *norm = g_strdup_printf ("%s.norm%d.%d", name, part, i);
      g_autofree char *conv = g_strdup_printf ("%s.conv%d.%d", name, part, i);
      add_linear (writer, norm, STYLE, 2 * n);
      add (writer, n, 0, "%s.alpha%d.%d", name, part, i);
      add_conv (writer, conv, n, n_taps, n);
    }
}

static void
add_generator (Writer *writer)
{
  static const int noise_taps[] = { 12, 1 }, block_taps[] = { 7, 11 }, upsample_taps[] = { 20, 12 };

  add (writer, 9, 0, "generator.source.weight");
  add (writer, 1, 0, "generator.source.bias");
  for (int i = 0; i < 2; i++) {
    const int n = HIDDEN / (i == 0 ? 2 : 4);
    g_autofree char *noise = g_strdup_printf ("generator.noise.%d", i);
    g_autofree char *noise_block = g_strdup_printf ("generator.noise_block.%d", i);

    add_linear (writer, noise, noise_taps[i] * BINS, n);
    add_wave_block (writer, noise_block, n, block_taps[i]);
    add (writer, 2 * n, upsample_taps[i] * n, "generator.upsample.%d.weight", i);
    add (writer, n, 0, "generator.upsample.%d.bias", i);
    for (int k = 0; k < 3; k++) {
      g_autofree char *block = g_strdup_printf ("generator.block.%d", 3 * i + k);
      add_wave_block (writer, block, n, 3 + 4 * k);
    }
  }
  add_linear (writer, "generator.output", HIDDEN / 4 * 7, BINS);
}

char *
tiny_kokoro_write (const char *architecture, const char *flawed, TinyKokoroFlaw flaw)
{
  static const struct {
    const char *key;
    uint32_t value;
  } sizes[] = {
    { "embedding_length", EMBEDDING },
    { "bert_length", BERT },
    { "bert_wide_length", BERT_WIDE },
    { "bert_heads", 2 },
    { "bert_layers", 2 },
    { "positions", POSITIONS },
    { "hidden_length", HIDDEN },
    { "style_length", STYLE },
    { "durations", DURATIONS },
    { "decoder_length", DECODER },
    { "residual_length", RESIDUAL },
  };
  static const char *const symbols[TINY_KOKORO_SYMBOLS] = { "",  "a", "b", "ə", "d",
                                                            "e", "",  ".", " ", "ˈ" };
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  Writer writer = { builder, flawed, flaw };

  gguf_builder_add_string (builder, "general.architecture",
                           architecture != NULL ? architecture : "kokoro");
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree char *key = g_strconcat ("kokoro.", sizes[i].key, NULL);
    gguf_builder_add_u32 (builder, key, sizes[i].value);
  }
  gguf_builder_add_strings (builder, "kokoro.symbols", symbols, TINY_KOKORO_SYMBOLS);
  add_readers (&writer);
  add_prosody (&writer);
  add_decoder (&writer);
  add_generator (&writer);
  char *path = g_build_filename (g_get_tmp_dir (), "hearsay-kokoro-XXXXXX", NULL);
  g_close (g_mkstemp (path), NULL);
  gguf_builder_write (builder, path);
  return path;
}

AudioKokoro *
tiny_kokoro_load (NnContext *context)
{
  g_autofree char *path = tiny_kokoro_write (NULL, NULL, TINY_KOKORO_WHOLE);
  g_autoptr (GError) error = NULL;
  AudioKokoro *kokoro = audio_kokoro_load (context, path, &error);

  g_remove (path);
  g_assert_no_error (error);
  return kokoro;
}

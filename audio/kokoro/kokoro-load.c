/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Every tensor of audio/kokoro/KOKORO.md by its exact shape, so that nothing can fail afterwards.
 */

#include <stdarg.h>

#include "audio/base/audio-error.h"
#include "audio/kokoro/kokoro-private.h"

/* Goes on to the end once something is wrong, and keeps the first error. */
typedef struct {
  AudioKokoro *kokoro;
  GError *error;
} Loader;

static const int wave_taps[KOKORO_N_BLOCKS] = { 3, 7, 11 };
static const int noise_taps[KOKORO_N_LEVELS] = { 7, 11 };
static const int noise_conv_taps[KOKORO_N_LEVELS] = { 12, 1 };
static const int upsample_taps[KOKORO_N_LEVELS] = { 20, 12 };

static const NnTensor *
require (Loader *loader, const char *name, const char *part, int n_in, int n_out)
{
  if (loader->error != NULL)
    return NULL;
  g_autofree char *full = g_strconcat (name, part, NULL);
  return nn_gguf_require (loader->kokoro->gguf, full, n_out > 0 ? 2 : 1, (int64_t[]){ n_in, n_out },
                          &loader->error);
}

/* Values that stay in the mapped file. */
static const float *
floats (Loader *loader, const char *name, const char *part, int n_in, int n_out)
{
  g_autofree char *full = g_strconcat (name, part, NULL);
  const NnTensor *tensor = NULL;

  if (loader->error == NULL)
    tensor = nn_gguf_require_floats (loader->kokoro->gguf, full, n_out > 0 ? 2 : 1,
                                     (int64_t[]){ n_in, n_out }, &loader->error);
  return tensor != NULL ? tensor->data : NULL;
}

static void
norm (Loader *loader, const char *name, int n, const float *weight_and_bias[2])
{
  weight_and_bias[0] = floats (loader, name, ".weight", n, 0);
  weight_and_bias[1] = floats (loader, name, ".bias", n, 0);
}

/* Linear layers with the same input as one. */
static NnLinear *
fused (Loader *loader, const char *const *names, int n, int n_in, int n_out, gboolean has_bias)
{
  const NnTensor *weights[3], *biases[3] = { NULL };

  for (int i = 0; i < n; i++) {
    weights[i] = require (loader, names[i], ".weight", n_in, n_out);
    if (has_bias)
      biases[i] = require (loader, names[i], ".bias", n_out, 0);
  }
  if (loader->error != NULL)
    return NULL;
  return nn_linear_new (loader->kokoro->context, loader->kokoro->gguf, weights, n,
                        has_bias ? biases : NULL, &loader->error);
}

static NnLinear *
linear (Loader *loader, const char *name, int n_in, int n_out)
{
  return fused (loader, &name, 1, n_in, n_out, TRUE);
}

static NnConvWeight *
conv (Loader *loader, const char *name, int n_in, int n_taps, int n_out, gboolean has_bias)
{
  const NnTensor *weight = require (loader, name, ".weight", n_taps * n_in, n_out);
  const NnTensor *bias = has_bias ? require (loader, name, ".bias", n_out, 0) : NULL;

  if (loader->error != NULL)
    return NULL;
  return nn_conv_weight_new (loader->kokoro->context, loader->kokoro->gguf, weight, bias, n_taps,
                             &loader->error);
}

static NnConvWeight *
padded_conv (Loader *loader, const char *name, int n_in, int n_taps, int n_out)
{
  return conv (loader, name, kokoro_padded (n_in), n_taps, n_out, TRUE);
}

static NnLstm *
lstm (Loader *loader, const char *name, int n_in)
{
  if (loader->error != NULL)
    return NULL;
  return nn_lstm_new (loader->kokoro->context, loader->kokoro->gguf, name, n_in,
                      loader->kokoro->config.n_hidden / 2, &loader->error);
}

static char *name_of (const char *format, ...) G_GNUC_PRINTF (1, 2);

static char *
name_of (const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  char *name = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return name;
}

static void
load_bert (Loader *loader)
{
  const KokoroConfig *c = &loader->kokoro->config;
  typeof (loader->kokoro->weights.bert) *w = &loader->kokoro->weights.bert;
  const char *const projections[] = { "bert.query", "bert.key", "bert.value" };

  w->embedding = floats (loader, "bert.embedding", "", c->n_embedding, c->n_symbols);
  w->position = floats (loader, "bert.position", "", c->n_embedding, c->n_positions);
  norm (loader, "bert.embedding_norm", c->n_embedding, w->embedding_norm);
  w->projection = linear (loader, "bert.projection", c->n_embedding, c->n_bert);
  w->query_key_value = fused (loader, projections, 3, c->n_bert, c->n_bert, TRUE);
  w->dense = linear (loader, "bert.dense", c->n_bert, c->n_bert);
  norm (loader, "bert.attention_norm", c->n_bert, w->attention_norm);
  w->wide = linear (loader, "bert.wide", c->n_bert, c->n_bert_wide);
  w->narrow = linear (loader, "bert.narrow", c->n_bert_wide, c->n_bert);
  norm (loader, "bert.output_norm", c->n_bert, w->output_norm);
  w->output = linear (loader, "bert.output", c->n_bert, c->n_hidden);
}

static void
load_text (Loader *loader)
{
  const KokoroConfig *c = &loader->kokoro->config;
  typeof (loader->kokoro->weights.text) *w = &loader->kokoro->weights.text;

  w->embedding = floats (loader, "text.embedding", "", c->n_hidden, c->n_symbols);
  for (int i = 0; i < 3; i++) {
    g_autofree char *conv_name = name_of ("text.conv.%d", i);
    g_autofree char *norm_name = name_of ("text.norm.%d", i);
    w->conv[i] = padded_conv (loader, conv_name, c->n_hidden, 5, c->n_hidden);
    norm (loader, norm_name, c->n_hidden, w->norm[i]);
  }
  w->lstm = lstm (loader, "text.lstm", c->n_hidden);
}

static void
load_block (Loader *loader, const char *name, int n_in, int n_out, gboolean upsamples,
            KokoroBlock *block)
{
  const int n_style = loader->kokoro->config.n_style;
  g_autofree char *norm1 = name_of ("%s.norm1", name), *norm2 = name_of ("%s.norm2", name);
  g_autofree char *conv1 = name_of ("%s.conv1", name), *conv2 = name_of ("%s.conv2", name);
  g_autofree char *shortcut = name_of ("%s.shortcut", name);

  block->n_in = n_in;
  block->n_out = n_out;
  block->norm1 = linear (loader, norm1, n_style, 2 * n_in);
  block->norm2 = linear (loader, norm2, n_style, 2 * n_out);
  block->conv1 = padded_conv (loader, conv1, n_in, 3, n_out);
  block->conv2 = padded_conv (loader, conv2, n_out, 3, n_out);
  if (n_in != n_out)
    block->shortcut = conv (loader, shortcut, kokoro_padded (n_in), 1, n_out, FALSE);
  if (upsamples) {
    g_autofree char *pool = name_of ("%s.pool", name);
    block->pool_weight = floats (loader, pool, ".weight", n_in, 3);
    block->pool_bias = floats (loader, pool, ".bias", n_in, 0);
  }
}

static void
load_curve (Loader *loader, const char *name, KokoroCurve *curve)
{
  const int whole = loader->kokoro->config.n_hidden, half = whole / 2;
  const int widths[] = { whole, whole, half, half };
  g_autofree char *output = name_of ("prosody.%s.output", name);

  for (int i = 0; i < 3; i++) {
    g_autofree char *block = name_of ("prosody.%s.%d", name, i);
    load_block (loader, block, widths[i], widths[i + 1], i == 1, &curve->blocks[i]);
  }
  curve->output = padded_conv (loader, output, half, 1, 1);
}

static void
load_prosody (Loader *loader)
{
  const KokoroConfig *c = &loader->kokoro->config;
  typeof (loader->kokoro->weights.prosody) *w = &loader->kokoro->weights.prosody;

  for (int i = 0; i < 3; i++) {
    g_autofree char *lstm_name = name_of ("prosody.text.%d.lstm", i);
    g_autofree char *norm_name = name_of ("prosody.text.%d.norm", i);
    w->text_lstm[i] = lstm (loader, lstm_name, c->n_hidden + c->n_style);
    w->text_norm[i] = linear (loader, norm_name, c->n_style, 2 * c->n_hidden);
  }
  w->lstm = lstm (loader, "prosody.lstm", c->n_hidden + c->n_style);
  w->duration = linear (loader, "prosody.duration", c->n_hidden, c->n_durations);
  w->shared = lstm (loader, "prosody.shared", c->n_hidden + c->n_style);
  load_curve (loader, "f0", &w->f0);
  load_curve (loader, "energy", &w->energy);
}

static void
load_decoder (Loader *loader)
{
  const KokoroConfig *c = &loader->kokoro->config;
  typeof (loader->kokoro->weights.decoder) *w = &loader->kokoro->weights.decoder;
  const int n_in = c->n_decoder + c->n_residual + 2;

  w->f0 = floats (loader, "decoder.f0", ".weight", 3, 1);
  w->f0_bias = floats (loader, "decoder.f0", ".bias", 1, 0);
  w->energy = floats (loader, "decoder.energy", ".weight", 3, 1);
  w->energy_bias = floats (loader, "decoder.energy", ".bias", 1, 0);
  w->residual = padded_conv (loader, "decoder.residual", c->n_hidden, 1, c->n_residual);
  load_block (loader, "decoder.encode", c->n_hidden + 2, c->n_decoder, FALSE, &w->encode);
  for (int i = 0; i < 4; i++) {
    g_autofree char *name = name_of ("decoder.decode.%d", i);
    load_block (loader, name, n_in, i < 3 ? c->n_decoder : c->n_hidden, i == 3, &w->decode[i]);
  }
}

static void
load_wave_block (Loader *loader, const char *name, int n_channels, int n_taps,
                 KokoroWaveBlock *block)
{
  block->n_channels = n_channels;
  block->n_taps = n_taps;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 2; j++) {
      g_autofree char *norm_name = name_of ("%s.norm%d.%d", name, j + 1, i);
      g_autofree char *alpha_name = name_of ("%s.alpha%d.%d", name, j + 1, i);
      g_autofree char *conv_name = name_of ("%s.conv%d.%d", name, j + 1, i);
      typeof (block->parts[i][j]) *part = &block->parts[i][j];

      part->norm = linear (loader, norm_name, loader->kokoro->config.n_style, 2 * n_channels);
      part->alpha = floats (loader, alpha_name, "", n_channels, 0);
      part->conv = padded_conv (loader, conv_name, n_channels, n_taps, n_channels);
      part->inverse_alpha = g_new0 (float, n_channels);
      for (int c = 0; part->alpha != NULL && c < n_channels; c++)
        part->inverse_alpha[c] = part->alpha[c] != 0.0f ? 1.0f / part->alpha[c] : 0.0f;
    }
}

static void
load_generator (Loader *loader)
{
  const KokoroConfig *c = &loader->kokoro->config;
  typeof (loader->kokoro->weights.generator) *w = &loader->kokoro->weights.generator;
  int n = c->n_hidden;

  w->source = floats (loader, "generator.source", ".weight", KOKORO_N_HARMONICS, 0);
  w->source_bias = floats (loader, "generator.source", ".bias", 1, 0);
  for (int i = 0; i < KOKORO_N_LEVELS; i++) {
    KokoroLevel *level = &w->levels[i];
    g_autofree char *noise = name_of ("generator.noise.%d", i);
    g_autofree char *noise_block = name_of ("generator.noise_block.%d", i);
    g_autofree char *upsample = name_of ("generator.upsample.%d", i);
    const char *names[] = { upsample };

    n /= 2;
    level->noise = linear (loader, noise, noise_conv_taps[i] * 2 * KOKORO_N_BINS, n);
    load_wave_block (loader, noise_block, n, noise_taps[i], &level->noise_block);
    level->upsample = fused (loader, names, 1, 2 * n, upsample_taps[i] * n, FALSE);
    level->upsample_bias = floats (loader, upsample, ".bias", n, 0);
    for (int k = 0; k < KOKORO_N_BLOCKS; k++) {
      g_autofree char *name = name_of ("generator.block.%d", i * KOKORO_N_BLOCKS + k);
      load_wave_block (loader, name, n, wave_taps[k], &level->blocks[k]);
    }
  }
  w->output = conv (loader, "generator.output", n, 7, 2 * KOKORO_N_BINS, TRUE);
}

static gboolean
read_size (const NnGguf *gguf, const char *key, int64_t most, int *size, GError **error)
{
  g_autofree char *full = g_strconcat ("kokoro.", key, NULL);
  int64_t value;

  if (!nn_gguf_get_int (gguf, full, &value, error))
    return FALSE;
  if (value < 1 || value > most) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: %s is %" G_GINT64_FORMAT ", expected 1 to %" G_GINT64_FORMAT,
                 nn_gguf_get_path (gguf), full, value, most);
    return FALSE;
  }
  *size = (int) value;
  return TRUE;
}

static gboolean
read_config (AudioKokoro *kokoro, GError **error)
{
  const NnGguf *gguf = kokoro->gguf;
  KokoroConfig *c = &kokoro->config;
  const char *architecture = nn_gguf_get_string (gguf, "general.architecture", error);

  if (architecture == NULL)
    return FALSE;
  if (!g_str_equal (architecture, "kokoro")) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: the architecture is %s, expected kokoro", nn_gguf_get_path (gguf),
                 architecture);
    return FALSE;
  }
  if (!read_size (gguf, "embedding_length", 4096, &c->n_embedding, error)
      || !read_size (gguf, "bert_length", 4096, &c->n_bert, error)
      || !read_size (gguf, "bert_wide_length", 16384, &c->n_bert_wide, error)
      || !read_size (gguf, "bert_heads", 64, &c->n_bert_heads, error)
      || !read_size (gguf, "bert_layers", 64, &c->n_bert_layers, error)
      || !read_size (gguf, "positions", 4096, &c->n_positions, error)
      || !read_size (gguf, "hidden_length", 4096, &c->n_hidden, error)
      || !read_size (gguf, "style_length", AUDIO_KOKORO_STYLE / 2, &c->n_style, error)
      || !read_size (gguf, "durations", 1024, &c->n_durations, error)
      || !read_size (gguf, "decoder_length", 4096, &c->n_decoder, error)
      || !read_size (gguf, "residual_length", 4096, &c->n_residual, error))
    return FALSE;
  if (c->n_bert % c->n_bert_heads != 0 || c->n_hidden % 4 != 0
      || c->n_positions < AUDIO_KOKORO_MAX_SYMBOLS + 2) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: sizes that do not fit: %d of ALBERT for %d heads, hidden %d, %d positions",
                 nn_gguf_get_path (gguf), c->n_bert, c->n_bert_heads, c->n_hidden, c->n_positions);
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_symbols (AudioKokoro *kokoro, GError **error)
{
  size_t n;
  const NnGgufString *symbols = nn_gguf_get_strings (kokoro->gguf, "kokoro.symbols", &n, error);

  if (symbols == NULL)
    return FALSE;
  if (n < 1 || n > 65536) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL, "%s: %zu symbols",
                 nn_gguf_get_path (kokoro->gguf), n);
    return FALSE;
  }
  kokoro->config.n_symbols = (int) n;
  for (size_t i = 1; i < n; i++)
    if (symbols[i].length > 0)
      g_hash_table_insert (kokoro->symbols, g_strndup (symbols[i].data, symbols[i].length),
                           GINT_TO_POINTER ((int) i));
  return TRUE;
}

gboolean
kokoro_load (AudioKokoro *kokoro, GError **error)
{
  Loader loader = { .kokoro = kokoro };

  if (!read_config (kokoro, error) || !read_symbols (kokoro, error))
    return FALSE;
  load_bert (&loader);
  load_text (&loader);
  load_prosody (&loader);
  load_decoder (&loader);
  load_generator (&loader);
  if (loader.error != NULL) {
    g_propagate_error (error, loader.error);
    return FALSE;
  }
  return TRUE;
}

static void
free_block (KokoroBlock *block)
{
  nn_linear_free (block->norm1);
  nn_linear_free (block->norm2);
  nn_conv_weight_free (block->conv1);
  nn_conv_weight_free (block->conv2);
  nn_conv_weight_free (block->shortcut);
}

static void
free_curve (KokoroCurve *curve)
{
  for (int i = 0; i < 3; i++)
    free_block (&curve->blocks[i]);
  nn_conv_weight_free (curve->output);
}

static void
free_wave_block (KokoroWaveBlock *block)
{
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 2; j++) {
      nn_linear_free (block->parts[i][j].norm);
      nn_conv_weight_free (block->parts[i][j].conv);
      g_free (block->parts[i][j].inverse_alpha);
    }
}

void
kokoro_free_weights (AudioKokoro *kokoro)
{
  KokoroWeights *w = &kokoro->weights;
  NnLinear *linears[] = { w->bert.projection, w->bert.query_key_value, w->bert.dense,
                          w->bert.wide,       w->bert.narrow,          w->bert.output,
                          w->prosody.duration };

  for (size_t i = 0; i < G_N_ELEMENTS (linears); i++)
    nn_linear_free (linears[i]);
  for (int i = 0; i < 3; i++) {
    nn_conv_weight_free (w->text.conv[i]);
    nn_lstm_free (w->prosody.text_lstm[i]);
    nn_linear_free (w->prosody.text_norm[i]);
  }
  nn_conv_weight_free (w->decoder.residual);
  nn_conv_weight_free (w->generator.output);
  nn_lstm_free (w->text.lstm);
  nn_lstm_free (w->prosody.lstm);
  nn_lstm_free (w->prosody.shared);
  free_curve (&w->prosody.f0);
  free_curve (&w->prosody.energy);
  free_block (&w->decoder.encode);
  for (int i = 0; i < 4; i++)
    free_block (&w->decoder.decode[i]);
  for (int i = 0; i < KOKORO_N_LEVELS; i++) {
    KokoroLevel *level = &w->generator.levels[i];
    nn_linear_free (level->noise);
    nn_linear_free (level->upsample);
    free_wave_block (&level->noise_block);
    for (int k = 0; k < KOKORO_N_BLOCKS; k++)
      free_wave_block (&level->blocks[k]);
  }
}

/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/whisper-private.h"

#include <string.h>

/* Every weight is asked for by its exact shape here, so nothing after loading can fail. The first
 * error stays; later requests then do nothing. */
typedef struct {
  AudioWhisper *whisper;
  const NnGguf *gguf;
  GError *error;
} Loader;

static int
load_int (Loader *loader, const char *key, int min, int max)
{
  int64_t value = 0;

  if (loader->error != NULL || !nn_gguf_get_int (loader->gguf, key, &value, &loader->error))
    return 0;
  if (value < min || value > max) {
    loader->error = g_error_new (AUDIO_ERROR, AUDIO_ERROR_MODEL,
                                 "%s: %s is %" G_GINT64_FORMAT ", expected %d to %d",
                                 nn_gguf_get_path (loader->gguf), key, value, min, max);
    return 0;
  }
  return (int) value;
}

static float *
load_floats (Loader *loader, const char *name, int n_dims, int width, int n_rows)
{
  const int64_t dims[2] = { width, n_rows };
  const NnTensor *tensor;
  const size_t n = (size_t) width * (size_t) n_rows;
  float *values;

  if (loader->error != NULL)
    return NULL;
  tensor = nn_gguf_require (loader->gguf, name, n_dims, dims, &loader->error);
  if (tensor == NULL)
    return NULL;
  if (tensor->type != NN_TYPE_F32 && tensor->type != NN_TYPE_F16) {
    loader->error = g_error_new (
        AUDIO_ERROR, AUDIO_ERROR_MODEL, "%s: tensor %s is of type %s, expected F32 or F16",
        nn_gguf_get_path (loader->gguf), name, nn_type_info (tensor->type)->name);
    return NULL;
  }
  values = g_new (float, n);
  nn_dequantize_row (tensor->type, tensor->data, values, n);
  nn_gguf_release_pages (loader->gguf, tensor);
  return values;
}

static void
load_norm (Loader *loader, const char *prefix, const char *name, AudioWhisperNorm *norm)
{
  const int width = loader->whisper->config.n_state;
  g_autofree char *weight = g_strconcat (prefix, name, ".weight", NULL);
  g_autofree char *bias = g_strconcat (prefix, name, ".bias", NULL);

  norm->weight = load_floats (loader, weight, 1, width, 1);
  norm->bias = load_floats (loader, bias, 1, width, 1);
}

static NnLinear *
make_linear (Loader *loader, const NnTensor *weight, const char *bias_name)
{
  const NnTensor *bias = NULL;

  if (nn_context_is_cancelled (loader->whisper->context)) {
    loader->error = g_error_new_literal (AUDIO_ERROR, AUDIO_ERROR_CANCELLED, "cancelled");
    return NULL;
  }
  if (bias_name != NULL) {
    const int64_t dims[1] = { weight->dims[1] };

    bias = nn_gguf_require (loader->gguf, bias_name, 1, dims, &loader->error);
    if (bias == NULL)
      return NULL;
  }
  if (loader->whisper->is_rounded)
    return nn_linear_new_rounded (loader->whisper->context, loader->gguf, weight, bias,
                                  &loader->error);
  return nn_linear_new (loader->whisper->context, loader->gguf, &weight, 1, &bias, &loader->error);
}

static NnLinear *
load_linear (Loader *loader, const char *prefix, const char *name, int n_in, int n_out)
{
  const int64_t dims[2] = { n_in, n_out };
  g_autofree char *weight_name = g_strconcat (prefix, name, ".weight", NULL);
  g_autofree char *bias_name = g_strconcat (prefix, name, ".bias", NULL);
  const NnTensor *weight;

  if (loader->error != NULL)
    return NULL;
  weight = nn_gguf_require (loader->gguf, weight_name, 2, dims, &loader->error);
  return weight == NULL ? NULL : make_linear (loader, weight, bias_name);
}

/* The same for the encoder in lanes; n_taps as nn_lane_linear_new(). */
static NnLaneLinear *
load_lanes (Loader *loader, const char *prefix, const char *name, int n_in, int n_out, int n_taps)
{
  const int64_t dims[3] = { n_taps > 1 ? n_taps : n_in, n_taps > 1 ? n_in / n_taps : n_out, n_out };
  const int64_t bias_dims[1] = { n_out };
  g_autofree char *weight_name = g_strconcat (prefix, name, ".weight", NULL);
  g_autofree char *bias_name = g_strconcat (prefix, name, ".bias", NULL);
  const NnTensor *weight, *bias;
  NnTensor flat;

  if (loader->error != NULL)
    return NULL;
  weight = nn_gguf_require (loader->gguf, weight_name, n_taps > 1 ? 3 : 2, dims, &loader->error);
  bias = weight != NULL ? nn_gguf_require (loader->gguf, bias_name, 1, bias_dims, &loader->error)
                        : NULL;
  if (bias == NULL)
    return NULL;
  if (nn_context_is_cancelled (loader->whisper->context)) {
    loader->error = g_error_new_literal (AUDIO_ERROR, AUDIO_ERROR_CANCELLED, "cancelled");
    return NULL;
  }
  flat = *weight;
  flat.n_dims = 2;
  flat.dims[0] = n_in;
  flat.dims[1] = n_out;
  flat.dims[2] = 1;
  return nn_lane_linear_new (loader->whisper->context, loader->gguf, &flat, bias, n_taps,
                             loader->whisper->lanes.format, &loader->error);
}

/* A convolution is a linear layer over the kernel's values of all channels: the row of an output
 * channel, [channel][offset], lies contiguous in the file. */
static NnLinear *
load_convolution (Loader *loader, const char *name, int n_channels, int n_out)
{
  const int64_t dims[3] = { AUDIO_WHISPER_KERNEL, n_channels, n_out };
  g_autofree char *weight_name = g_strconcat ("encoder.", name, ".weight", NULL);
  g_autofree char *bias_name = g_strconcat ("encoder.", name, ".bias", NULL);
  const NnTensor *weight;
  NnTensor flat;

  if (loader->error != NULL)
    return NULL;
  weight = nn_gguf_require (loader->gguf, weight_name, 3, dims, &loader->error);
  if (weight == NULL)
    return NULL;
  flat = *weight;
  flat.n_dims = 2;
  flat.dims[0] = AUDIO_WHISPER_KERNEL * n_channels;
  flat.dims[1] = n_out;
  flat.dims[2] = 1;
  return make_linear (loader, &flat, bias_name);
}

static NnLinear *
load_embedding (Loader *loader)
{
  const AudioWhisperConfig *c = &loader->whisper->config;
  const int64_t dims[2] = { c->n_state, c->n_vocab };
  const NnTensor *weight;

  if (loader->error != NULL)
    return NULL;
  weight =
      nn_gguf_require (loader->gguf, "decoder.token_embedding.weight", 2, dims, &loader->error);
  return weight == NULL ? NULL : make_linear (loader, weight, NULL);
}

static void
load_audio_block (Loader *loader, int index)
{
  AudioWhisper *w = loader->whisper;
  const int d = w->config.n_state;
  AudioWhisperBlock *block = &w->audio_blocks[index];
  g_autofree char *prefix = g_strdup_printf ("encoder.blocks.%d.", index);

  load_norm (loader, prefix, "attn_ln", &block->self.norm);
  load_norm (loader, prefix, "mlp_ln", &block->mlp.norm);
  if (w->lanes.kernels != NULL) {
    AudioWhisperLaneBlock *lanes = &w->lanes.blocks[index];

    lanes->qkv = load_lanes (loader, prefix, "attn.qkv", d, 3 * d, 1);
    lanes->out = load_lanes (loader, prefix, "attn.out", d, d, 1);
    lanes->up = load_lanes (loader, prefix, "mlp.0", d, 4 * d, 1);
    lanes->down = load_lanes (loader, prefix, "mlp.2", 4 * d, d, 1);
    return;
  }
  block->self.qkv = load_linear (loader, prefix, "attn.qkv", d, 3 * d);
  block->self.out = load_linear (loader, prefix, "attn.out", d, d);
  block->mlp.up = load_linear (loader, prefix, "mlp.0", d, 4 * d);
  block->mlp.down = load_linear (loader, prefix, "mlp.2", 4 * d, d);
}

static void
load_text_block (Loader *loader, int index)
{
  AudioWhisper *w = loader->whisper;
  const int d = w->config.n_state;
  AudioWhisperBlock *block = &w->text_blocks[index];
  g_autofree char *prefix = g_strdup_printf ("decoder.blocks.%d.", index);

  load_norm (loader, prefix, "attn_ln", &block->self.norm);
  block->self.qkv = load_linear (loader, prefix, "attn.qkv", d, 3 * d);
  block->self.out = load_linear (loader, prefix, "attn.out", d, d);
  load_norm (loader, prefix, "cross_attn_ln", &block->cross.norm);
  block->cross.q = load_linear (loader, prefix, "cross_attn.q", d, d);
  if (w->lanes.kernels != NULL)
    w->lanes.cross_kv[index] = load_lanes (loader, prefix, "cross_attn.kv", d, 2 * d, 1);
  else
    block->cross.kv = load_linear (loader, prefix, "cross_attn.kv", d, 2 * d);
  block->cross.out = load_linear (loader, prefix, "cross_attn.out", d, d);
  load_norm (loader, prefix, "mlp_ln", &block->mlp.norm);
  block->mlp.up = load_linear (loader, prefix, "mlp.0", d, 4 * d);
  block->mlp.down = load_linear (loader, prefix, "mlp.2", 4 * d, d);
}

/* Reduced precision where that is fast, or as HEARSAY_ENCODER (float, bf16, int8) and
 * HEARSAY_DECODER (float, int8) say. */
static void
choose_precision (AudioWhisper *whisper)
{
  const AudioWhisperConfig *c = &whisper->config;
  const int conv_width = AUDIO_WHISPER_KERNEL * c->n_mels;
  const NnKernels *kernels = whisper->context->kernels;
  const gboolean is_fast =
      kernels != &nn_kernels_reference && nn_lane_kernels_choose (kernels) != NULL;
  const char *default_encoder = is_fast ? "bf16" : "float";
  const char *default_decoder = is_fast ? "int8" : "float";
  const char *encoder = g_getenv ("HEARSAY_ENCODER");
  const char *decoder = g_getenv ("HEARSAY_DECODER");

  encoder = encoder != NULL ? encoder : default_encoder;
  decoder = decoder != NULL ? decoder : default_decoder;
  whisper->is_rounded = strcmp (decoder, "int8") == 0;
  if (strcmp (encoder, "bf16") != 0 && strcmp (encoder, "int8") != 0)
    return;
  if (c->n_state % NN_LANE_TILE != 0 || c->n_state / c->n_heads % NN_LANE_GROUP != 0
      || conv_width % 4 != 0 || conv_width > 4 * c->n_state)
    return;
  whisper->lanes.kernels = nn_lane_kernels_choose (kernels);
  whisper->lanes.format = strcmp (encoder, "int8") == 0 ? NN_LANE_QUADS : NN_LANE_PAIRS;
}

static void
check_architecture (Loader *loader)
{
  const char *architecture;

  if (!nn_gguf_has_key (loader->gguf, "general.architecture"))
    architecture = "none";
  else
    architecture = nn_gguf_get_string (loader->gguf, "general.architecture", &loader->error);
  if (loader->error == NULL && strcmp (architecture, "whisper") != 0)
    loader->error = g_error_new (AUDIO_ERROR, AUDIO_ERROR_MODEL,
                                 "%s: not a Whisper model: its architecture is %s",
                                 nn_gguf_get_path (loader->gguf), architecture);
}

static void
load_config (Loader *loader)
{
  AudioWhisperConfig *c = &loader->whisper->config;
  int text_state, text_heads;

  c->n_mels = load_int (loader, "whisper.n_mels", 1, 256);
  c->n_audio_ctx = load_int (loader, "whisper.n_audio_ctx", 1, 1500);
  c->n_state = load_int (loader, "whisper.n_audio_state", 1, 8192);
  c->n_heads = load_int (loader, "whisper.n_audio_head", 1, 256);
  c->n_audio_layers = load_int (loader, "whisper.n_audio_layer", 1, 256);
  c->n_text_ctx = load_int (loader, "whisper.n_text_ctx", 16, 4096);
  text_state = load_int (loader, "whisper.n_text_state", 1, 8192);
  text_heads = load_int (loader, "whisper.n_text_head", 1, 256);
  c->n_text_layers = load_int (loader, "whisper.n_text_layer", 1, 256);
  c->n_vocab = load_int (loader, "whisper.n_vocab", 1, 1 << 20);
  if (loader->error == NULL
      && (text_state != c->n_state || text_heads != c->n_heads || c->n_state % c->n_heads != 0))
    loader->error = g_error_new (
        AUDIO_ERROR, AUDIO_ERROR_MODEL,
        "%s: encoder of width %d with %d heads, decoder of width %d with %d heads: expected the "
        "same, and a width that the heads divide",
        nn_gguf_get_path (loader->gguf), c->n_state, c->n_heads, text_state, text_heads);
}

static void
load_alignment (Loader *loader)
{
  AudioWhisper *whisper = loader->whisper;
  size_t n = 0;

  if (loader->error != NULL || !nn_gguf_has_key (loader->gguf, "whisper.alignment_heads"))
    return;
  whisper->alignment =
      nn_gguf_get_ints (loader->gguf, "whisper.alignment_heads", &n, &loader->error);
  if (whisper->alignment == NULL)
    return;
  for (size_t i = 0; i < n; i++) {
    const int limit = i % 2 == 0 ? whisper->config.n_text_layers : whisper->config.n_heads;

    if (n % 2 != 0 || n > 4096 || whisper->alignment[i] < 0 || whisper->alignment[i] >= limit) {
      loader->error = g_error_new (
          AUDIO_ERROR, AUDIO_ERROR_MODEL,
          "%s: whisper.alignment_heads: expected pairs of a layer and a head, found %d at %zu",
          nn_gguf_get_path (loader->gguf), whisper->alignment[i], i);
      return;
    }
  }
  whisper->n_alignment_heads = (int) (n / 2);
}

static void
load_weights (Loader *loader)
{
  AudioWhisper *w = loader->whisper;
  const AudioWhisperConfig *c = &w->config;

  w->audio_blocks = g_new0 (AudioWhisperBlock, c->n_audio_layers);
  w->text_blocks = g_new0 (AudioWhisperBlock, c->n_text_layers);

  choose_precision (w);
  if (w->lanes.kernels != NULL) {
    w->lanes.blocks = g_new0 (AudioWhisperLaneBlock, c->n_audio_layers);
    w->lanes.cross_kv = g_new0 (NnLaneLinear *, c->n_text_layers);
    w->lanes.conv1 = load_lanes (loader, "encoder.", "conv1", AUDIO_WHISPER_KERNEL * c->n_mels,
                                 c->n_state, AUDIO_WHISPER_KERNEL);
    w->lanes.conv2 = load_lanes (loader, "encoder.", "conv2", AUDIO_WHISPER_KERNEL * c->n_state,
                                 c->n_state, AUDIO_WHISPER_KERNEL);
  } else {
    w->conv1 = load_convolution (loader, "conv1", c->n_mels, c->n_state);
    w->conv2 = load_convolution (loader, "conv2", c->n_state, c->n_state);
  }
  w->audio_positions =
      load_floats (loader, "encoder.positional_embedding", 2, c->n_state, c->n_audio_ctx);
  for (int i = 0; i < c->n_audio_layers; i++)
    load_audio_block (loader, i);
  load_norm (loader, "encoder.", "ln_post", &w->audio_norm);

  w->embedding = load_embedding (loader);
  w->text_positions =
      load_floats (loader, "decoder.positional_embedding", 2, c->n_state, c->n_text_ctx);
  for (int i = 0; i < c->n_text_layers; i++)
    load_text_block (loader, i);
  load_norm (loader, "decoder.", "ln", &w->text_norm);
}

AudioWhisper *
audio_whisper_load_gguf (NnContext *context, NnGguf *gguf, GError **error)
{
  g_autoptr (AudioWhisper) whisper = g_new0 (AudioWhisper, 1);
  Loader loader = { .whisper = whisper, .gguf = gguf };

  whisper->context = context;
  whisper->gguf = nn_gguf_ref (gguf);
  check_architecture (&loader);
  if (loader.error == NULL)
    load_config (&loader);
  load_alignment (&loader);
  if (loader.error == NULL)
    load_weights (&loader);
  if (loader.error != NULL) {
    g_propagate_error (error, loader.error);
    return NULL;
  }
  return g_steal_pointer (&whisper);
}

AudioWhisper *
audio_whisper_load (NnContext *context, const char *path, GError **error)
{
  g_autoptr (NnGguf) gguf = nn_gguf_open (path, error);

  return gguf == NULL ? NULL : audio_whisper_load_gguf (context, gguf, error);
}

static void
clear_norm (AudioWhisperNorm *norm)
{
  g_free (norm->weight);
  g_free (norm->bias);
}

static void
free_blocks (AudioWhisperBlock *blocks, int n)
{
  for (int i = 0; blocks != NULL && i < n; i++) {
    clear_norm (&blocks[i].self.norm);
    clear_norm (&blocks[i].cross.norm);
    clear_norm (&blocks[i].mlp.norm);
    g_clear_pointer (&blocks[i].self.qkv, nn_linear_free);
    g_clear_pointer (&blocks[i].self.out, nn_linear_free);
    g_clear_pointer (&blocks[i].cross.q, nn_linear_free);
    g_clear_pointer (&blocks[i].cross.kv, nn_linear_free);
    g_clear_pointer (&blocks[i].cross.out, nn_linear_free);
    g_clear_pointer (&blocks[i].mlp.up, nn_linear_free);
    g_clear_pointer (&blocks[i].mlp.down, nn_linear_free);
  }
  g_free (blocks);
}

static void
free_lanes (AudioWhisper *whisper)
{
  AudioWhisperLanes *lanes = &whisper->lanes;

  nn_lane_linear_free (lanes->conv1);
  nn_lane_linear_free (lanes->conv2);
  for (int i = 0; lanes->blocks != NULL && i < whisper->config.n_audio_layers; i++) {
    nn_lane_linear_free (lanes->blocks[i].qkv);
    nn_lane_linear_free (lanes->blocks[i].out);
    nn_lane_linear_free (lanes->blocks[i].up);
    nn_lane_linear_free (lanes->blocks[i].down);
  }
  for (int i = 0; lanes->cross_kv != NULL && i < whisper->config.n_text_layers; i++)
    nn_lane_linear_free (lanes->cross_kv[i]);
  g_free (lanes->blocks);
  g_free (lanes->cross_kv);
}

void
audio_whisper_free (AudioWhisper *whisper)
{
  if (whisper == NULL)
    return;
  free_lanes (whisper);
  g_clear_pointer (&whisper->conv1, nn_linear_free);
  g_clear_pointer (&whisper->conv2, nn_linear_free);
  g_clear_pointer (&whisper->embedding, nn_linear_free);
  g_free (whisper->audio_positions);
  g_free (whisper->text_positions);
  free_blocks (whisper->audio_blocks, whisper->config.n_audio_layers);
  free_blocks (whisper->text_blocks, whisper->config.n_text_layers);
  clear_norm (&whisper->audio_norm);
  clear_norm (&whisper->text_norm);
  g_clear_pointer (&whisper->gguf, nn_gguf_unref);
  g_free (whisper);
}

const AudioWhisperConfig *
audio_whisper_get_config (const AudioWhisper *whisper)
{
  return &whisper->config;
}

NnContext *
audio_whisper_get_context (const AudioWhisper *whisper)
{
  return whisper->context;
}

const NnGguf *
audio_whisper_get_gguf (const AudioWhisper *whisper)
{
  return whisper->gguf;
}

int
audio_whisper_get_n_alignment_heads (const AudioWhisper *whisper)
{
  return whisper->n_alignment_heads;
}

AudioWhisperState *
audio_whisper_state_new (AudioWhisper *whisper, int n_beams, GError **error)
{
  const AudioWhisperConfig *c = &whisper->config;
  const size_t d = (size_t) c->n_state;
  const size_t n_ctx = (size_t) c->n_audio_ctx;
  const int head_dim = c->n_state / c->n_heads;
  g_autoptr (AudioWhisperState) state = g_new0 (AudioWhisperState, 1);
  size_t n_wide, n_lanes;

  g_return_val_if_fail (n_beams > 0, NULL);

  state->n_beams = n_beams;
  state->n_chunk = MAX (n_beams, AUDIO_WHISPER_CHUNK);
  state->states = g_new (float, n_ctx *d);
  n_wide = n_ctx * MAX (4 * d, 2 * AUDIO_WHISPER_KERNEL * (size_t) c->n_mels);
  n_lanes = whisper->lanes.kernels != NULL ? audio_whisper_lanes_get_size (whisper) : 0;
  state->narrow = g_new (float, (2 * n_ctx + 1) * d);
  state->wide = g_aligned_alloc (MAX (n_wide, n_lanes), sizeof (float), 64);
  state->x = g_new (float, (size_t) state->n_chunk *d);
  state->normed = g_new (float, (size_t) state->n_chunk *d);
  state->mixed = g_new (float, (size_t) state->n_chunk *d);
  state->hidden = g_new (float, (size_t) state->n_chunk * 4 * d);
  state->logits =
      g_new (float, (size_t) MAX (n_beams, AUDIO_WHISPER_LOGIT_ROWS) * (size_t) c->n_vocab);
  state->beams = g_new0 (NnKvCache *, n_beams);
  state->reordered = g_new0 (NnKvCache *, n_beams);

  state->cross = nn_kv_cache_new (c->n_text_layers, c->n_heads, head_dim, c->n_audio_ctx, error);
  if (state->cross == NULL)
    return NULL;
  for (int i = 0; i < n_beams; i++) {
    state->beams[i] =
        nn_kv_cache_new (c->n_text_layers, c->n_heads, head_dim, c->n_text_ctx, error);
    if (state->beams[i] == NULL)
      return NULL;
  }
  return g_steal_pointer (&state);
}

void
audio_whisper_state_free (AudioWhisperState *state)
{
  if (state == NULL)
    return;
  for (int i = 0; i < state->n_beams; i++)
    g_clear_pointer (&state->beams[i], nn_kv_cache_free);
  g_clear_pointer (&state->cross, nn_kv_cache_free);
  g_free (state->states);
  g_free (state->narrow);
  g_aligned_free (state->wide);
  g_free (state->beams);
  g_free (state->reordered);
  g_free (state->x);
  g_free (state->normed);
  g_free (state->mixed);
  g_free (state->hidden);
  g_free (state->logits);
  g_free (state);
}

gboolean
audio_whisper_state_reserve_beams (AudioWhisper *whisper, AudioWhisperState *state, int n_beams,
                                   GError **error)
{
  AudioWhisperState *larger;
  AudioWhisperState smaller;

  if (n_beams <= state->n_beams)
    return TRUE;
  larger = audio_whisper_state_new (whisper, n_beams, error);
  if (larger == NULL)
    return FALSE;
  smaller = *state;
  *state = *larger;
  *larger = smaller;
  audio_whisper_state_free (larger);
  return TRUE;
}

int
audio_whisper_state_get_n_beams (const AudioWhisperState *state)
{
  return state->n_beams;
}

const float *
audio_whisper_get_states (const AudioWhisperState *state, int *n_rows)
{
  *n_rows = state->n_rows;
  return state->states;
}

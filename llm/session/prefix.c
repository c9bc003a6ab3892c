/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/session/prefix.h"

#include <string.h>

#include "llm/session/session-private.h"

enum { KEY_CHARS = 64 };

/* Before the block of keys and values; all numbers as this machine has them: the file is a cache of
 * it. A machine of another order finds no magic. */
typedef struct {
  guint32 magic;
  guint32 layout; /* LLM_DECODER_KEPT and NN_KV_LAYOUT: the key does not know of them */
  guint32 n_positions;
  guint32 reserved;
  guint64 n_bytes;
  guint64 sums[2];
  char key[KEY_CHARS];
} Header;

/* HKV2, and what the file was written by; another one is not read. */
enum { MAGIC = 0x32564b48, LAYOUT = LLM_DECODER_KEPT << 16 | NN_KV_LAYOUT };

static int
count_kept (const LlmPrompt *prompt)
{
  return llm_prompt_get_n_positions (prompt) / NN_KV_TILE * NN_KV_TILE;
}

char *
llm_prefix_get_key (const LlmSession *session, const LlmPrompt *prompt)
{
  const int n = llm_prompt_get_n_positions (prompt);
  const gsize row_bytes = sizeof (float) * (gsize) session->model->config.n_embd;
  g_autofree char *weights = nn_gguf_get_fingerprint (session->model->gguf);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (sum, (const guchar *) weights, -1);
  g_checksum_update (sum, (const guchar *) session->context->kernels->name, -1);
  for (int i = 0; i < n; i++) {
    const float *row = NULL;
    const gint32 id = llm_prompt_get (prompt, i, &row);

    g_checksum_update (sum, (const guchar *) &id, sizeof id);
    if (id < 0)
      g_checksum_update (sum, (const guchar *) row, (gssize) row_bytes);
  }
  return g_strdup (g_checksum_get_string (sum));
}

/* Fletcher's checksum with words of 64 bits: as fast as memory, and the order counts. */
static void
add_up (const guint8 *data, gsize n_bytes, guint64 sums[2])
{
  sums[0] = sums[1] = 0;
  for (gsize i = 0; i + sizeof (guint64) <= n_bytes; i += sizeof (guint64)) {
    guint64 word;

    memcpy (&word, data + i, sizeof word);
    sums[0] += word;
    sums[1] += sums[0];
  }
}

gboolean
llm_prefix_save (LlmSession *session, const LlmPrompt *prompt, const char *path, GError **error)
{
  const int n = count_kept (prompt);
  const gsize n_bytes = nn_kv_cache_get_block_bytes (session->cache, n);
  g_autofree char *key = llm_prefix_get_key (session, prompt);
  g_autofree guint8 *file = NULL;
  Header header = {
    .magic = MAGIC, .layout = LAYOUT, .n_positions = (guint32) n, .n_bytes = n_bytes
  };

  g_return_val_if_fail (llm_session_count_shared (session, prompt) >= n, FALSE);

  file = g_try_malloc (sizeof header + n_bytes);
  if (file == NULL) {
    g_set_error (error, NN_ERROR, NN_ERROR_MEMORY, "no memory for %d positions", n);
    return FALSE;
  }
  nn_kv_cache_get_block (session->cache, n, (uint16_t *) (void *) (file + sizeof header));
  add_up (file + sizeof header, n_bytes, header.sums);
  memcpy (header.key, key, KEY_CHARS);
  memcpy (file, &header, sizeof header);
  llm_session_remember (session, prompt, n);
  return g_file_set_contents_full (path, (const char *) file, (gssize) (sizeof header + n_bytes),
                                   G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

gboolean
llm_prefix_restore (LlmSession *session, const LlmPrompt *prompt, const char *path, GError **error)
{
  const int n = count_kept (prompt);
  g_autofree char *key = llm_prefix_get_key (session, prompt);
  g_autofree char *file = NULL;
  gsize n_bytes;
  guint64 sums[2];
  Header header;

  if (!g_file_get_contents (path, &file, &n_bytes, error))
    return FALSE;
  if (n_bytes >= sizeof header)
    memcpy (&header, file, sizeof header);
  if (n_bytes < sizeof header || header.magic != MAGIC || header.layout != LAYOUT
      || header.n_positions != (guint32) n || n > session->n_ctx
      || memcmp (header.key, key, KEY_CHARS) != 0
      || header.n_bytes != nn_kv_cache_get_block_bytes (session->cache, n)
      || header.n_bytes != n_bytes - sizeof header) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL, "%s: expected %d positions of %.8s", path, n,
                 key);
    return FALSE;
  }
  add_up ((const guint8 *) file + sizeof header, header.n_bytes, sums);
  if (memcmp (sums, header.sums, sizeof sums) != 0) {
    g_set_error (error, LLM_ERROR, LLM_ERROR_MODEL, "%s: damaged", path);
    return FALSE;
  }
  nn_kv_cache_set_block (session->cache, n, (const uint16_t *) (void *) (file + sizeof header));
  llm_session_remember (session, prompt, n);
  return TRUE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/engine/prompt-cache.h"

#include <glib/gstdio.h>
#include <utime.h>

#include "llm/session/prefix.h"

/* Of the default model a file of 1,500 positions has 42 MB. */
enum { MAX_FILES = 4 };

typedef struct {
  char *path;
  gint64 used;
} Kept;

static void
kept_clear (gpointer data)
{
  g_free (((Kept *) data)->path);
}

static int
compare_used (gconstpointer a, gconstpointer b)
{
  const Kept *x = a, *y = b;

  return x->used != y->used ? (x->used < y->used ? 1 : -1) : g_strcmp0 (x->path, y->path);
}

/* Those that were used longest ago go. */
static void
prune (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GArray) files = g_array_new (FALSE, FALSE, sizeof (Kept));
  const char *name;

  g_array_set_clear_func (files, kept_clear);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    Kept kept = { .path = g_build_filename (folder, name, NULL) };
    GStatBuf info;

    if (g_stat (kept.path, &info) == 0)
      kept.used = info.st_mtime;
    g_array_append_val (files, kept);
  }
  g_array_sort (files, compare_used);
  for (guint i = MAX_FILES; i < files->len; i++)
    g_unlink (g_array_index (files, Kept, i).path);
}

gboolean
app_prompt_cache_prefill (LlmSession *session, const LlmPrompt *prompt, GError **error)
{
  g_autofree char *folder = NULL;
  g_autofree char *key = NULL;
  g_autofree char *path = NULL;

  if (llm_session_count_shared (session, prompt) == llm_prompt_get_n_positions (prompt))
    return TRUE;
  folder = g_build_filename (g_get_user_cache_dir (), "hearsay", "prompts", NULL);
  key = llm_prefix_get_key (session, prompt);
  path = g_build_filename (folder, key, NULL);
  if (llm_prefix_restore (session, prompt, path, NULL)) {
    g_utime (path, NULL); /* it was used now */
    return TRUE;
  }
  if (!llm_session_prefill (session, prompt, NULL, NULL, NULL, error))
    return FALSE;
  g_mkdir_with_parents (folder, 0700);
  if (llm_prefix_save (session, prompt, path, NULL))
    prune (folder);
  return TRUE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The beginning of a prompt that is kept in a file, on a tiny model with random weights. */

#include <string.h>

#include "llm/session/prefix.h"
#include "tests/llm/tiny-model.h"
#include "tests/support/folder.h"

enum { N_BEGINNING = 40, N_KEPT = 32, N_MORE = 21, N_CONTEXT = 96 };

typedef struct {
  TinyModel tiny;
  char *folder;
  char *path;
  LlmPrompt *beginning;
  LlmPrompt *longer; /* the beginning and more */
} Fixture;

static void
set_up (Fixture *f, gconstpointer name)
{
  g_autoptr (GError) error = NULL;

  tiny_model_open (&f->tiny, name, 2);
  f->folder = g_dir_make_tmp ("hearsay-prefix-XXXXXX", &error);
  g_assert_no_error (error);
  f->path = g_build_filename (f->folder, "prefix", NULL);
  f->beginning = tiny_model_new_prompt (&f->tiny, N_BEGINNING, 1);
  f->longer = llm_prompt_copy (f->beginning);
  tiny_model_add_ids (f->longer, N_MORE, 2);
}

static void
tear_down (Fixture *f, gconstpointer name)
{
  llm_prompt_free (f->beginning);
  llm_prompt_free (f->longer);
  test_folder_remove (f->folder);
  g_free (f->path);
  g_free (f->folder);
  tiny_model_close (&f->tiny);
}

/* A session that has read the beginning and kept it in the file. */
static LlmSession *
new_saved (const Fixture *f)
{
  g_autoptr (GError) error = NULL;
  LlmSession *session = tiny_model_new_session (&f->tiny, N_CONTEXT);

  tiny_model_prefill (session, f->beginning);
  g_assert_true (llm_prefix_save (session, f->beginning, f->path, &error));
  g_assert_no_error (error);
  g_assert_cmpint (llm_session_get_n_positions (session), ==, N_KEPT);
  return session;
}

static void
test_same_bits (Fixture *f, gconstpointer name)
{
  g_autoptr (LlmSession) read = new_saved (f);
  g_autoptr (LlmSession) restored =
      tiny_model_new_session (&f->tiny, N_CONTEXT + 32); /* another capacity */
  const gsize n_bytes = sizeof (float) * (gsize) llm_model_get_config (f->tiny.model)->n_vocab;
  g_autoptr (GError) error = NULL;

  g_assert_true (llm_prefix_restore (restored, f->beginning, f->path, &error));
  g_assert_no_error (error);
  g_assert_cmpint (llm_session_count_shared (restored, f->beginning), ==, N_KEPT);
  g_assert_cmpint (tiny_model_prefill (read, f->longer), ==, N_BEGINNING + N_MORE - N_KEPT);
  g_assert_cmpint (tiny_model_prefill (restored, f->longer), ==, N_BEGINNING + N_MORE - N_KEPT);
  g_assert_cmpmem (llm_session_get_logits (read), n_bytes, llm_session_get_logits (restored),
                   n_bytes);
}

static void
assert_refused (const Fixture *f, const LlmPrompt *prompt, const char *expected)
{
  g_autoptr (LlmSession) session = tiny_model_new_session (&f->tiny, N_CONTEXT);
  g_autoptr (GError) error = NULL;

  tiny_model_prefill (session, f->longer);
  g_assert_false (llm_prefix_restore (session, prompt, f->path, &error));
  g_assert_error (error, LLM_ERROR, LLM_ERROR_MODEL);
  g_assert_nonnull (strstr (error->message, expected));
  /* The session is as it was. */
  g_assert_cmpint (llm_session_count_shared (session, f->longer), ==, N_BEGINNING + N_MORE);
}

static void
test_refused (Fixture *f, gconstpointer name)
{
  g_autoptr (LlmSession) session = new_saved (f);
  g_autofree char *file = NULL;
  gsize n_bytes;

  assert_refused (f, f->longer, "expected"); /* another prompt */
  g_assert_true (g_file_get_contents (f->path, &file, &n_bytes, NULL));
  for (gsize i = 0; i < 3; i++) { /* cut short */
    g_assert_true (g_file_set_contents (f->path, file, (gssize) (n_bytes * i / 3), NULL));
    assert_refused (f, f->beginning, "expected");
  }
  file[4] ^= 1; /* of a decoder with another layout */
  g_assert_true (g_file_set_contents (f->path, file, (gssize) n_bytes, NULL));
  assert_refused (f, f->beginning, "expected");
  file[4] ^= 1;
  file[n_bytes - 5] ^= 1;
  g_assert_true (g_file_set_contents (f->path, file, (gssize) n_bytes, NULL));
  assert_refused (f, f->beginning, "damaged");
}

static void
test_missing (Fixture *f, gconstpointer name)
{
  g_autoptr (LlmSession) session = tiny_model_new_session (&f->tiny, N_CONTEXT);
  g_autoptr (GError) error = NULL;

  g_assert_false (llm_prefix_restore (session, f->beginning, f->path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/llm/prefix/llama/same-bits", Fixture, "llama.gguf", set_up, test_same_bits,
              tear_down);
  g_test_add ("/llm/prefix/gemma3/same-bits", Fixture, "gemma3.gguf", set_up, test_same_bits,
              tear_down);
  g_test_add ("/llm/prefix/refused", Fixture, "llama.gguf", set_up, test_refused, tear_down);
  g_test_add ("/llm/prefix/missing", Fixture, "llama.gguf", set_up, test_missing, tear_down);
  return g_test_run ();
}

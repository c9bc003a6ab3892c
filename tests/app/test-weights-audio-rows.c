/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The rows that come with the program belong to its default chat model, and to no other. */

#include "app/base/app-error.h"
#include "app/engine/audio-vocab.h"
#include "app/engine/engine.h"
#include "tests/support/weights.h"

#define DEFAULT_MODEL "qwen2.5-coder-1.5b-instruct-q4_k_m"
#define OTHER_MODEL "smollm2-135m-instruct-q4_1"

static void
test_default_model (void)
{
  g_autofree char *model = weights_find (DEFAULT_MODEL);
  AppEngineOptions options = { .chat_model = model };
  g_autoptr (AppEngine) engine = NULL;
  g_autoptr (GError) error = NULL;

  if (model == NULL)
    return;
  engine = app_engine_new (&options);
  app_engine_load_audio_rows (engine, NULL, &error);
  g_assert_no_error (error);
  app_audio_vocab_set_reading (app_engine_get_vocab (engine, NULL), LLM_READ_ROW, &error);
  g_assert_no_error (error);
}

static void
test_other_model (void)
{
  g_autofree char *model = weights_find (OTHER_MODEL);
  AppEngineOptions options = { .chat_model = model };
  g_autoptr (AppEngine) engine = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_test_build_filename (
      G_TEST_DIST, "..", "data", "weights", "audio-rows-qwen2.5-coder-1.5b-instruct.gguf", NULL);

  if (model == NULL)
    return;
  engine = app_engine_new (&options);
  g_assert_false (app_engine_load_audio_rows (engine, path, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (app_engine_load_audio_rows (engine, NULL, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_CATALOGUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/weights/audio-rows/default-model", test_default_model);
  g_test_add_func ("/app/weights/audio-rows/other-model", test_other_model);
  return g_test_run ();
}

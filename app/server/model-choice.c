/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/model-choice.h"

#include "app/server/http-error.h"

/* Names that clients have by heart for whatever does this. */
static gboolean
is_alias (AppTask task, const char *name)
{
  static const char *const listening[] = { "whisper-1", NULL };
  static const char *const speaking[] = { "tts-1", "tts-1-hd", "kokoro", NULL };

  return *name == '\0' || g_str_equal (name, "default")
         || (task == APP_TASK_LISTEN && g_strv_contains (listening, name))
         || (task == APP_TASK_SPEAK && g_strv_contains (speaking, name));
}

/* (transfer full): what does a task where nobody says what should; of a task that no model does by
 * default, the first that can. */
static char *
find_default (AppModelStore *store, const char *preferred, AppTask task, const GPtrArray *models)
{
  char *id = task == APP_TASK_CHAT && preferred != NULL ? g_strdup (preferred)
                                                        : app_model_store_get_default (store, task);

  for (guint i = 0; i < models->len && id == NULL; i++) {
    const AppModel *model = g_ptr_array_index (models, i);

    if (model->task == task)
      id = g_strdup (model->id);
  }
  return id;
}

char *
app_model_choice_find (AppModelStore *store, const char *preferred, AppTask task, const char *asked,
                       GError **error)
{
  g_autoptr (GPtrArray) models = app_model_store_list (store, error);
  g_autofree char *id = NULL;

  if (models == NULL)
    return NULL;
  if (asked == NULL || is_alias (task, asked)) {
    id = find_default (store, preferred, task, models);
    asked = id != NULL ? id : "default";
    if (id != NULL && g_strcmp0 (id, preferred) == 0)
      return g_steal_pointer (&id);
  }
  for (guint i = 0; i < models->len; i++) {
    const AppModel *model = g_ptr_array_index (models, i);
    g_autofree char *path = NULL;

    if (model->task != task || !g_str_equal (model->id, asked))
      continue;
    path = app_model_store_get_path (store, asked, error);
    return path != NULL ? g_strdup (asked) : NULL;
  }
  g_set_error (error, APP_HTTP_ERROR, APP_HTTP_NO_MODEL,
               "there is no model “%s” that does this; /v1/models has those that are installed, "
               "and “default” is one of them",
               asked);
  return NULL;
}

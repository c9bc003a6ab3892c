/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What there is: models, voices, and whether the server lives. */

#include <string.h>

#include <glib/gstdio.h>

#include "app/base/json-write.h"
#include "app/server/exchange.h"
#include "app/server/http-error.h"
#include "app/speech/voice-names.h"

static const char *
get_task_name (AppTask task)
{
  return task == APP_TASK_CHAT     ? "chat"
         : task == APP_TASK_LISTEN ? "transcription"
         : task == APP_TASK_SPEAK  ? "speech"
                                   : NULL;
}

static void
add_model (AppServer *server, const AppModel *model, JsonBuilder *builder)
{
  g_autofree char *path = app_model_store_get_path (server->store, model->id, NULL);
  GStatBuf info = { 0 };

  if (path == NULL || g_stat (path, &info) != 0)
    info.st_mtime = 0;
  json_builder_begin_object (builder);
  app_json_add_string (builder, "id", model->id);
  app_json_add_string (builder, "object", "model");
  app_json_add_int (builder, "created", info.st_mtime);
  app_json_add_string (builder, "owned_by", "hearsay");
  app_json_add_string (builder, "task", get_task_name (model->task));
  json_builder_set_member_name (builder, "default");
  json_builder_add_boolean_value (builder, model->is_default);
  json_builder_end_object (builder);
}

static void
reply_built (AppExchange *exchange, JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);

  app_exchange_reply_json (exchange, json_to_string (root, FALSE));
}

/* id NULL: all of them. The number of models that were added; -1 after an error. */
static int
add_models (AppServer *server, const char *id, JsonBuilder *builder, GError **error)
{
  g_autoptr (GPtrArray) models = app_model_store_list (server->store, error);
  int n = 0;

  if (models == NULL)
    return -1;
  for (guint i = 0; i < models->len; i++) {
    const AppModel *model = g_ptr_array_index (models, i);

    if (!model->is_installed || get_task_name (model->task) == NULL
        || (id != NULL && !g_str_equal (id, model->id)))
      continue;
    add_model (server, model, builder);
    n++;
  }
  return n;
}

void
app_route_models (AppExchange *exchange)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GError) error = NULL;

  json_builder_begin_object (builder);
  app_json_add_string (builder, "object", "list");
  json_builder_set_member_name (builder, "data");
  json_builder_begin_array (builder);
  if (add_models (exchange->server, NULL, builder, &error) < 0) {
    app_exchange_fail (exchange, error);
    return;
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  reply_built (exchange, builder);
}

void
app_route_model (AppExchange *exchange)
{
  const char *id = exchange->path + strlen ("/v1/models/");
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GError) error = NULL;
  int n = add_models (exchange->server, id, builder, &error);

  if (n == 0)
    g_set_error (&error, APP_HTTP_ERROR, APP_HTTP_NO_MODEL, "no model “%s” is installed", id);
  if (error != NULL)
    app_exchange_fail (exchange, error);
  else
    reply_built (exchange, builder);
}

void
app_route_health (AppExchange *exchange)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  app_json_add_string (builder, "status", "ok");
  app_json_add_string (builder, "version", HEARSAY_VERSION);
  app_json_add_int (builder, "waiting", app_remote_get_n_calls (exchange->server->remote));
  json_builder_end_object (builder);
  reply_built (exchange, builder);
}

static void
reply_voices (GObject *source, GAsyncResult *result, gpointer data)
{
  AppExchange *exchange = data;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) names = app_voice_names_list_finish (result, &error);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  if (names == NULL)
    app_exchange_fail (exchange, error);
  else {
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "voices");
    json_builder_begin_array (builder);
    for (char **name = names; *name != NULL; name++)
      json_builder_add_string_value (builder, *name);
    json_builder_end_array (builder);
    json_builder_end_object (builder);
    reply_built (exchange, builder);
  }
  app_exchange_unref (exchange);
}

void
app_route_voices (AppExchange *exchange)
{
  app_voice_names_list_async (reply_voices, app_exchange_ref (exchange));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/http-error.h"

#include "app/base/app-error.h"
#include "app/base/json-write.h"

GQuark
app_http_error_quark (void)
{
  return g_quark_from_static_string ("app-http-error-quark");
}

guint
app_http_error_get_status (const GError *error)
{
  if (error->domain == APP_HTTP_ERROR)
    return (guint) CLAMP (error->code % 1000, 400, 599);
  switch (app_error_get_kind (error)) {
  case APP_ERROR_NOT_INSTALLED:
    return 503;
  case APP_ERROR_BUSY:
    return 429;
  case APP_ERROR_NO_SPEECH:
    return 422;
  case APP_ERROR_ARGUMENT:
  case APP_ERROR_RECORDING:
    return 400;
  case APP_ERROR_CANCELLED:
    return 503;
  case APP_ERROR_DISK:
    return 507;
  default:
    return 500;
  }
}

static const char *
get_type (guint status)
{
  switch (status) {
  case 401:
    return "authentication_error";
  case 403:
    return "permission_error";
  case 429:
    return "rate_limit_error";
  case 503:
    return "service_unavailable_error";
  default:
    return status >= 500 ? "server_error" : "invalid_request_error";
  }
}

/* NULL where the status says it all. */
static const char *
get_code (const GError *error, guint status)
{
  if (error->domain == APP_HTTP_ERROR && error->code == APP_HTTP_NO_MODEL)
    return "model_not_found";
  switch (app_error_get_kind (error)) {
  case APP_ERROR_NOT_INSTALLED:
    return "model_not_installed";
  case APP_ERROR_NO_SPEECH:
    return "no_speech";
  case APP_ERROR_RECORDING:
    return "invalid_recording";
  case APP_ERROR_ENGINE:
    return "engine_error";
  case APP_ERROR_CANCELLED:
    return "cancelled";
  default:
    break;
  }
  return status == 401   ? "invalid_api_key"
         : status == 404 ? "not_found"
         : status == 413 ? "request_too_large"
         : status == 429 ? "too_many_requests"
                         : NULL;
}

char *
app_http_error_to_json (const GError *error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *message = app_json_display (error->message);
  guint status = app_http_error_get_status (error);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "error");
  json_builder_begin_object (builder);
  app_json_add_string (builder, "message", message);
  app_json_add_string (builder, "type", get_type (status));
  app_json_add_string (builder, "param", NULL);
  app_json_add_string (builder, "code", get_code (error, status));
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

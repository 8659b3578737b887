using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Admin.Gateways;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Admin;

/// <summary>
/// The request pipeline on Kestrel: headers every answer has, dispatch by surface, the last catch, the access log. Thread-safe.
/// </summary>
internal sealed class AdminApplication : IHttpApplication<HttpContext>
{
    private readonly string _serverToken;
    private readonly AdminHeadGate _gate;
    private readonly StatusApi _status;
    private readonly AdminApi _admin;
    private readonly GatewayApi? _gateways;
    private readonly AdminAccessLog? _statusLog;
    private readonly AdminAccessLog? _adminLog;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    public AdminApplication(StatusServerOptions options, StatusApi status, AdminApi admin, GatewayApi? gateways, ILogger logger, TimeProvider time)
    {
        _serverToken = options.ServerToken;
        _gate = new AdminHeadGate(options.Rules);
        _status = status;
        _admin = admin;
        _gateways = gateways;
        _statusLog = options.StatusAccessLog is { } statusLog ? new AdminAccessLog(statusLog, time) : null;
        _adminLog = options.AdminAccessLog is { } adminLog ? new AdminAccessLog(adminLog, time) : null;
        _logger = logger;
        _time = time;
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public async Task ProcessRequestAsync(HttpContext context)
    {
        long started = _time.GetTimestamp();
        AdminSurfaceFeature? listener = context.Features.Get<AdminSurfaceFeature>();
        AdminSurface surface = listener?.Surface ?? AdminSurface.Status;
        if (_serverToken.Length > 0)
        {
            context.Response.Headers.Server = _serverToken;
        }

        try
        {
            if (_gate.Judge(context, listener is { IsTls: true }) is var error and not WireError.None)
            {
                await AdminHeadGate.RefuseAsync(context, error);
            }
            else if (surface == AdminSurface.Admin)
            {
                _admin.PrepareHeaders(context, started);
                await _admin.ServeAsync(context);
            }
            else if (surface >= AdminSurface.GatewayStatus && _gateways is { } gateways)
            {
                await gateways.ServeAsync(context, surface);
            }
            else if (surface == AdminSurface.Status)
            {
                await _status.ServeAsync(context);
            }
            else
            {
                await ApiError.NotFoundAsync(context);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left while a scrape was being written: nobody is there to be told.
        }
        catch (Exception failure) when (!context.Response.HasStarted)
        {
            Log.AdminRequestFailed(_logger, failure, surface.ToString());
            await JsonAnswers.MessageAsync(context, StatusCodes.Status500InternalServerError, "An unexpected error occurred");
        }

        // The logs are those of Kong's APIs: Istio sends what its proxy's own ports are asked to /dev/null.
        if (surface < AdminSurface.GatewayStatus)
        {
            (surface == AdminSurface.Status ? _statusLog : _adminLog)?.Write(context, _time.GetElapsedTime(started));
        }
    }

    public void DisposeContext(HttpContext context, Exception? exception)
    {
        if (exception is not null)
        {
            Log.AdminRequestFailed(_logger, exception, "admin");
        }
    }
}

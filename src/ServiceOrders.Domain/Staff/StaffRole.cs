namespace ServiceOrders.Domain.Staff;

/// <summary>What a member of staff may do.</summary>
public enum StaffRole
{
    /// <summary>客服: takes requests and handles tickets.</summary>
    Agent,
    /// <summary>技术: diagnoses and repairs.</summary>
    Technician,
    /// <summary>主管: handles tickets and what agents may not decide.</summary>
    Supervisor,
    /// <summary>Reads everything, changes nothing.</summary>
    Auditor,
    /// <summary>Runs the service: channels, staff, policies, calendars; may do everything that staff may.</summary>
    Administrator,
}
